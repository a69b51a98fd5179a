// SPDX-License-Identifier: Apache-2.0

/// Where a run stands; one that ended is `succeeded`, or the worst of its steps, a rejected one counting as `failed`.
package enum RunState: String, Hashable, Sendable, Codable, CaseIterable {
  case running, succeeded, failed, cancelled, blocked

  package var isFinal: Bool { self != .running }
}

/// Where a step stands; `rejected` is a step whose output a blocking check condemned.
package enum StepState: String, Hashable, Sendable, Codable, CaseIterable {
  case waiting, running, succeeded, rejected, failed, cancelled, blocked

  package var isFinal: Bool { self != .waiting && self != .running }
}

/// A run, without its steps.
package struct RunSummary: Hashable, Sendable, Codable {
  package let id: UInt64
  package let state: RunState
  package let selection: String
  package let checksOnly: Bool
  /// Who began it: `manual`, or `schedule weather/nightly`.
  package let cause: String
  package let createdAt: Instant
  package let endedAt: Instant?
  package let steps: StepCounts
  /// The trace in which it was launched, where there was one.
  package let trace: RunTrace?

  package init(
    id: UInt64, state: RunState, selection: String, checksOnly: Bool = false, cause: String,
    createdAt: Instant, endedAt: Instant? = nil, steps: StepCounts, trace: RunTrace? = nil
  ) {
    self.id = id
    self.state = state
    self.selection = selection
    self.checksOnly = checksOnly
    self.cause = cause
    self.createdAt = createdAt
    self.endedAt = endedAt
    self.steps = steps
    self.trace = trace
  }
}

/// How many steps of a run are in each state; the counts sum to `total`.
package struct StepCounts: Hashable, Sendable, Codable {
  package let total: Int
  package let waiting: Int
  package let running: Int
  package let succeeded: Int
  package let rejected: Int
  package let failed: Int
  package let cancelled: Int
  package let blocked: Int

  package init(
    waiting: Int = 0, running: Int = 0, succeeded: Int = 0, rejected: Int = 0, failed: Int = 0, cancelled: Int = 0,
    blocked: Int = 0
  ) {
    total = waiting + running + succeeded + rejected + failed + cancelled + blocked
    self.waiting = waiting
    self.running = running
    self.succeeded = succeeded
    self.rejected = rejected
    self.failed = failed
    self.cancelled = cancelled
    self.blocked = blocked
  }

  /// Steps that can move no more.
  package var finished: Int { succeeded + rejected + failed + cancelled + blocked }

  package subscript(state: StepState) -> Int {
    switch state {
    case .waiting: waiting
    case .running: running
    case .succeeded: succeeded
    case .rejected: rejected
    case .failed: failed
    case .cancelled: cancelled
    case .blocked: blocked
    }
  }
}
