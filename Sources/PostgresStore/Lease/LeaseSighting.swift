// SPDX-License-Identifier: Apache-2.0

/// One renewal of a lease: until when it runs by the server's clock, in an epoch.
package struct LeaseMark: Hashable, Sendable {
  package let epoch: Int64
  /// Microseconds since 1970.
  package let expiry: Int64

  package init(epoch: Int64, expiry: Int64) {
    self.epoch = epoch
    self.expiry = expiry
  }
}

/// How long a lease has not been renewed, by this process' own clock: the server's may be set back, and then a lease that nobody renews
/// would run for as long.
package struct LeaseSighting: Sendable {
  private var seen: (mark: LeaseMark, since: ContinuousClock.Instant)?

  package init() {}

  /// Takes a look at the lease.
  ///
  /// - Returns: whether it has been as it is for longer than a leader that lives would leave it.
  package mutating func isStale(_ mark: LeaseMark, at now: ContinuousClock.Instant, after unrenewed: Duration) -> Bool {
    if let seen, seen.mark == mark { return now - seen.since >= unrenewed }
    seen = (mark, now)
    return false
  }
}
