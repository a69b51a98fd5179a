// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import LocationWire
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
  /// What its commands are checked by; nil where they need no proof.
  let seal: CommandSeal?
  package let wakes: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let state = Mutex(State())

  private struct State {
    var acknowledged: UInt64 = 0
    var end: End?
    /// Whether a timer is set.
    var isTimed = false
    /// Whether anything waits for the timer: what was sent meanwhile has taken it along.
    var waits = false
  }

  init(incarnation: Incarnation, seal: CommandSeal?) {
    self.incarnation = incarnation
    self.seal = seal
    (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// There is something to send that somebody waits for.
  func wake() { continuation.yield() }

  /// There is something to send that can wait a moment: most steps are over before it has passed, and tell all in one message.
  func wakeSoon() {
    let isNew = state.withLock { state in
      defer { (state.isTimed, state.waits) = (true, true) }
      return !state.isTimed
    }
    guard isNew else { return }
    _ = DeadlineKeeper.shared.add(at: .now + HostLimits.linger) { [weak self] in
      guard let self else { return }
      let isWaitedFor = state.withLock { state in
        defer { (state.isTimed, state.waits) = (false, false) }
        return state.waits
      }
      if isWaitedFor { wake() }
    }
  }

  func end(_ reason: End) {
    state.withLock { $0.end = $0.end ?? reason }
    continuation.finish()
  }

  package var end: End? { state.withLock(\.end) }

  /// Whether the daemon has not been told of its commands up to a number.
  func mustAcknowledge(_ received: UInt64) -> Bool { state.withLock { $0.acknowledged < received } }

  /// Everything there was to say is on its way, with an acknowledgement up to a number.
  func said(acknowledging received: UInt64) {
    state.withLock { state in
      state.acknowledged = max(state.acknowledged, received)
      state.waits = false
    }
  }
}
