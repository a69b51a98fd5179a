// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How the renewing of a lease fares: written by who renews, read by who relies on it.
final class Renewals: Sendable {
  /// When the lease was last renewed; nil once it is another's.
  private let last = Mutex<ContinuousClock.Instant?>(nil)

  func succeeded() { last.withLock { $0 = .now } }
  func isAnothers() { last.withLock { $0 = nil } }

  /// Whether the lease is lost, or may be: it was not renewed for as long as it runs.
  func isInDoubt(after length: Duration) -> Bool { last.withLock { $0 }.map { .now - $0 >= length } ?? true }
}
