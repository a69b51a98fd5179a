// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How a call of a team's code ended.
enum TeamCallEnd<Value: Sendable>: Sendable {
  case returned(Value)
  case threw(any Error)
  /// It passed its deadline; it may still run, and nobody waits for it any more.
  case timedOut
  /// The caller's task was cancelled, and the call ended.
  case cancelled
}

/// Calls a team's code and gets back by a deadline, whatever that code does.
///
/// At the deadline, or when the calling task is cancelled, the code's task is cancelled; it then has until the deadline
/// and ``grace`` to end, and is abandoned after that. It runs in an unstructured task: a structured one could not be abandoned.
struct TeamCall: Sendable {
  /// How long code that was cancelled at its deadline may take to end.
  static let grace: Duration = .seconds(1)

  let deadline: SuspendingClock.Instant
  let executor: (any TaskExecutor)?

  func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async -> TeamCallEnd<Value> {
    let gate = CallGate<Value>()
    let work = Task(executorPreference: executor) {
      do {
        gate.open(with: .returned(try await body()))
      } catch {
        gate.open(with: .threw(error))
      }
    }
    let expiry = DeadlineKeeper.shared.add(at: deadline) { [deadline] in
      gate.expire()
      work.cancel()
      // Opening it again does nothing, so nobody has to remove this one.
      _ = DeadlineKeeper.shared.add(at: deadline + Self.grace) { gate.open(with: .timedOut) }
    }
    let end = await withTaskCancellationHandler {
      await withCheckedContinuation { gate.wait(with: $0) }
    } onCancel: {
      work.cancel()
    }
    DeadlineKeeper.shared.remove([expiry])
    if gate.isExpired { return .timedOut }
    return Task.isCancelled ? .cancelled : end
  }
}

/// Opens once, with the first end that comes.
private final class CallGate<Value: Sendable>: Sendable {
  private struct State {
    var end: TeamCallEnd<Value>?
    var waiter: CheckedContinuation<TeamCallEnd<Value>, Never>?
    var isExpired = false
  }

  private let state = Mutex(State())

  var isExpired: Bool { state.withLock { $0.isExpired } }

  /// The deadline has passed: a value that comes now is too late.
  func expire() {
    state.withLock { if $0.end == nil { $0.isExpired = true } }
  }

  func open(with end: TeamCallEnd<Value>) {
    let waiter = state.withLock { state -> CheckedContinuation<TeamCallEnd<Value>, Never>? in
      guard state.end == nil else { return nil }
      state.end = end
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: end)
  }

  func wait(with continuation: CheckedContinuation<TeamCallEnd<Value>, Never>) {
    let end = state.withLock { state in
      if state.end == nil { state.waiter = continuation }
      return state.end
    }
    if let end { continuation.resume(returning: end) }
  }
}
