// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// Wakes those who wait for a run's end, at a cost that depends on nobody else's waiting.
final class RunWatch: Sendable {
  typealias Ticket = UInt64

  private enum Waiter {
    /// Registered, and not waiting yet.
    case registered
    case waiting(CheckedContinuation<RunOutcome?, Never>)
    /// It ended, or nobody knows, before the wait began.
    case over(RunOutcome?)
  }

  private struct Content {
    var waiters: [Ticket: (run: RunID, waiter: Waiter)] = [:]
    var tickets: [RunID: [Ticket]] = [:]
    var last: Ticket = 0

    /// Notes that a wait is over; whoever waits is to be told.
    mutating func end(_ ticket: Ticket, with outcome: RunOutcome?) -> CheckedContinuation<RunOutcome?, Never>? {
      guard let (run, waiter) = waiters[ticket] else { return nil }
      if case .over = waiter { return nil }
      waiters[ticket] = (run, .over(outcome))
      guard case .waiting(let continuation) = waiter else { return nil }
      return continuation
    }

    mutating func remove(_ ticket: Ticket) {
      guard let (run, _) = waiters.removeValue(forKey: ticket) else { return }
      tickets[run]?.removeAll { $0 == ticket }
      if tickets[run]?.isEmpty == true { tickets[run] = nil }
    }
  }

  private let content = Mutex(Content())

  /// Registers before the state is looked at, so that no end is missed between the look and the wait.
  func register(_ runs: [RunID]) -> [Ticket] {
    content.withLock { content in
      runs.map { run in
        content.last += 1
        content.waiters[content.last] = (run, .registered)
        content.tickets[run, default: []].append(content.last)
        return content.last
      }
    }
  }

  func forget(_ tickets: [Ticket]) { content.withLock { content in for ticket in tickets { content.remove(ticket) } } }

  /// Waits for a run's end since the registration.
  ///
  /// - Returns: nil where the task is cancelled, or nobody knows and the caller must look again.
  func wait(_ ticket: Ticket) async -> RunOutcome? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (isOver, outcome) = content.withLock { content -> (Bool, RunOutcome?) in
          guard let (run, waiter) = content.waiters[ticket] else { return (true, nil) }
          if case .over(let outcome) = waiter { return (true, outcome) }
          if Task.isCancelled { return (true, nil) }
          content.waiters[ticket] = (run, .waiting(continuation))
          return (false, nil)
        }
        if isOver { continuation.resume(returning: outcome) }
      }
    } onCancel: {
      let waiter = content.withLock { $0.end(ticket, with: nil) }
      waiter?.resume(returning: nil)
    }
  }

  func ended(_ runs: [(run: RunID, outcome: RunOutcome)]) {
    guard !runs.isEmpty else { return }
    let woken = content.withLock { content in
      runs.flatMap { run, outcome in
        (content.tickets[run] ?? []).compactMap { ticket in content.end(ticket, with: outcome).map { ($0, outcome) } }
      }
    }
    for (waiter, outcome) in woken { waiter.resume(returning: outcome) }
  }

  /// Nobody knows what an append that failed has ended: everybody looks again.
  func everyone() {
    let woken = content.withLock { content in content.waiters.keys.compactMap { content.end($0, with: nil) } }
    for waiter in woken { waiter.resume(returning: nil) }
  }
}

extension [StampedEvent] {
  /// The runs that ended, with their outcomes.
  var ended: [(run: RunID, outcome: RunOutcome)] {
    compactMap { if case .runFinished(let run, let outcome) = $0.event { (run, outcome) } else { nil } }
  }
}
