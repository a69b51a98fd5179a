// SPDX-License-Identifier: Apache-2.0

import Orchestrator
import Synchronization

/// Hands what a session brings to the engine, message after message without waiting for one to be durable before the next, so
/// that whatever comes while a batch is appended becomes durable together.
///
/// Nothing is skipped: an append that fails ends the reign, and the engine refuses everything else of it.
final class SessionIntake: Sendable {
  /// Ends with the error of the first hand-over that failed; yields nothing.
  let failures: AsyncThrowingStream<Never, any Error>

  private let engine: Engine
  private let reign: Reign
  private let failed: @Sendable () -> Void
  private let failing: AsyncThrowingStream<Never, any Error>.Continuation
  private let state = Mutex(State())

  private struct State {
    /// About how many bytes the engine has, and has not answered.
    var outstanding = 0
    var failure: (any Error)?
    var waiter: CheckedContinuation<Void, Never>?
  }

  /// - Parameter failed: called before anybody hears of the failure.
  init(_ engine: Engine, _ reign: Reign, failed: @escaping @Sendable () -> Void) {
    self.engine = engine
    self.reign = reign
    self.failed = failed
    (failures, failing) = AsyncThrowingStream.makeStream()
  }

  /// Hands commands over once there is room for them; called by one task at a time.
  ///
  /// - Parameters:
  ///   - weight: about how many bytes they hold.
  ///   - durable: called when everything that they came to is durable; hand off and return.
  /// - Throws: the error of an earlier hand-over that failed.
  ///   - ignored: told how many parts of them came to nothing.
  func submit(
    _ commands: [Command], weight: Int = 64, ignored: @escaping @Sendable (Int) -> Void = { _ in },
    durable: @escaping @Sendable () -> Void = {}
  ) async throws {
    guard !commands.isEmpty else { return durable() }
    try await waitForRoom()
    state.withLock { $0.outstanding += weight }
    engine.submit(commands, in: reign) { [self] result in
      switch result {
      case .success(let replies):
        ignored(replies.reduce(0) { if case .taken(let count) = $1 { $0 + count } else { $0 } })
        durable()
      case .failure(let error): fail(error)
      }
      let waiter = state.withLock { state in
        state.outstanding -= weight
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume()
    }
  }

  private func waitForRoom() async throws {
    while true {
      if let failure = state.withLock(\.failure) { throw failure }
      if state.withLock({ $0.outstanding < ConnectionLimits.outstandingBytes }) { return }
      await withCheckedContinuation { continuation in
        let hasRoom = state.withLock { state in
          if state.outstanding < ConnectionLimits.outstandingBytes { return true }
          state.waiter = continuation
          return false
        }
        if hasRoom { continuation.resume() }
      }
    }
  }

  private func fail(_ error: any Error) {
    failed()
    state.withLock { $0.failure = $0.failure ?? error }
    failing.finish(throwing: error)
  }
}
