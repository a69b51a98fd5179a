// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Synchronization

/// Follows the live stream through every crash, and keeps what it tells.
final class Listener: Sendable {
  private let desk: Desk
  private let state = Mutex(History())

  init(desk: Desk) { self.desk = desk }

  var history: History { state.withLock { $0 } }
  var position: UInt64 { state.withLock { $0.position } }
  func count(of kind: LiveEvent.Kind) -> Int { state.withLock { $0.counts[kind.rawValue] ?? 0 } }
  func hasEnded(_ run: UInt64) -> Bool { state.withLock { $0.runEnds[run] != nil } }

  /// Follows until it is cancelled.
  func run() async {
    while !Task.isCancelled {
      try? await desk.ask { client in
        try await client.follow(after: position, patience: .zero) { event in
          state.withLock { $0.add(event) }
          return !Task.isCancelled
        }
      }
      try? await Task.sleep(for: CrashLimits.look)
    }
  }

  /// Reads the journal from its beginning up to a position.
  static func read(_ desk: Desk, through last: UInt64) async throws -> History {
    let listener = Listener(desk: desk)
    guard last > 0 else { return listener.history }
    try await desk.client.follow(after: 0) { event in
      listener.state.withLock { $0.add(event) }
      return event.position < last
    }
    return listener.history
  }
}
