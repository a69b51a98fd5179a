// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// One stream of a session, as its writer sees it: when to look for something to send, and when to stop.
package final class SessionStream: Sendable {
  /// Why a host ends a stream.
  package enum End: Sendable {
    /// The daemon opened a newer one.
    case replaced
    case goingDown
  }

  let incarnation: Incarnation
  package let wakes: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let state = Mutex(State())

  private struct State {
    var acknowledged: UInt64 = 0
    package var end: End?
  }

  init(incarnation: Incarnation) {
    self.incarnation = incarnation
    (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// There may be something to send.
  func wake() { continuation.yield() }

  func end(_ reason: End) {
    state.withLock { $0.end = $0.end ?? reason }
    continuation.finish()
  }

  package var end: End? { state.withLock(\.end) }

  /// Whether the daemon has not been told of its commands up to a number.
  func mustAcknowledge(_ received: UInt64) -> Bool { state.withLock { $0.acknowledged < received } }
  func acknowledged(_ received: UInt64) { state.withLock { $0.acknowledged = max($0.acknowledged, received) } }
}
