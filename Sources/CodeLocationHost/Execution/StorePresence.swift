// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Which store's control plane holds a location, as a pure value.
///
/// | state | `opened` by itself | `opened` by another | `closed` | time |
/// | --- | --- | --- | --- | --- |
/// | free | held | held by that one | free | free |
/// | held | held | refused | leaving | held |
/// | leaving, within the grace | held, since as long as before | refused | leaving | free once the grace is over |
///
/// So a control plane that is cut off or restarts finds its location as it left it, and one over a restored backup comes in as soon
/// as the first has been gone for the grace.
package struct StorePresence: Hashable, Sendable {
  private let grace: Duration
  private var holder: Holder?

  /// The store that holds the location.
  package struct Holder: Hashable, Sendable {
    package let incarnation: Incarnation
    package let since: ContinuousClock.Instant
    /// When its last stream ended; nil while one is open.
    package fileprivate(set) var closed: ContinuousClock.Instant?
  }

  package init(grace: Duration) { self.grace = grace }

  /// The other store that keeps one out; nil where it may come in.
  package func holder(against incarnation: Incarnation, at now: ContinuousClock.Instant) -> Holder? {
    guard let holder, holder.incarnation != incarnation, isHeld(holder, at: now) else { return nil }
    return holder
  }

  private func isHeld(_ holder: Holder, at now: ContinuousClock.Instant) -> Bool {
    guard let closed = holder.closed else { return true }
    return now < closed + grace
  }

  /// A stream has opened, which nothing kept out.
  package mutating func opened(_ incarnation: Incarnation, at now: ContinuousClock.Instant) {
    if var same = holder, same.incarnation == incarnation, isHeld(same, at: now) {
      same.closed = nil
      holder = same
    } else {
      holder = Holder(incarnation: incarnation, since: now)
    }
  }

  /// The last stream of a store has ended.
  package mutating func closed(_ incarnation: Incarnation, at now: ContinuousClock.Instant) {
    guard holder?.incarnation == incarnation, holder?.closed == nil else { return }
    holder?.closed = now
  }
}
