// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// How much of the core's work a location may still cause before it rests: a bucket that fills with time, with what was taken too
/// much carried over.
///
/// A unit is about a microsecond: one gate that is looked at, one output of a step, one report; an event is two, since everybody
/// waits for its append. A step of one output that one gate precedes comes to about 22, from its grant to its settlement.
struct WorkShare: Hashable, Sendable {
  private var credit: Int
  private var at: Timestamp

  init(full policy: CorePolicy, at now: Timestamp) {
    credit = policy.workBurst
    at = now
  }

  /// Takes units, whether there are any or not.
  ///
  /// - Returns: until when the location rests; nil where it has not taken too much.
  mutating func take(_ units: Int, at now: Timestamp, _ policy: CorePolicy) -> Timestamp? {
    // In whole milliseconds, so that nothing is lost to rounding however often it is asked.
    let elapsed = max(0, (now - at).wholeMicroseconds / 1_000)
    let (gained, overflow) = elapsed.multipliedReportingOverflow(by: Int64(policy.workPerSecond))
    let filled = overflow ? policy.workBurst : credit + Int(min(gained / 1_000, Int64(2 * policy.workBurst)))
    credit = min(policy.workBurst, filled) - units
    at = at + .milliseconds(elapsed)
    guard credit < 0 else { return nil }
    return now + .milliseconds(1 + Int64(-credit) * 1_000 / Int64(max(1, policy.workPerSecond)))
  }
}
