// SPDX-License-Identifier: Apache-2.0

/// Where a step of a run is.
///
/// `waiting → granted → running → checking → succeeded | rejected`; from any of the first four also to `retrying` (and back to
/// `granted`), `failed` and `cancelled`; from `waiting` and `retrying` to `blocked`. The last five are final.
public enum StepPhase: String, Hashable, Sendable, CaseIterable {
  /// Not granted yet: an upstream may still open its gate, its asset partition is in use, or its location has no free slot.
  case waiting
  /// An attempt ended, and the next may not begin before an instant.
  case retrying
  /// A grant is durable; the host has not said that it started.
  case granted
  case running
  /// Staged; checks are being evaluated.
  case checking
  case succeeded, rejected, failed, blocked, cancelled

  public var isFinal: Bool {
    switch self {
    case .waiting, .retrying, .granted, .running, .checking: false
    case .succeeded, .rejected, .failed, .blocked, .cancelled: true
    }
  }

  /// Whether an attempt is in flight.
  public var isInFlight: Bool {
    switch self {
    case .granted, .running, .checking: true
    default: false
    }
  }

  public init(_ kind: StepOutcome.Kind) {
    switch kind {
    case .succeeded: self = .succeeded
    case .rejected: self = .rejected
    case .failed: self = .failed
    case .blocked: self = .blocked
    case .cancelled: self = .cancelled
    }
  }
}

/// How many steps of a run are in each phase: a run may have a million, and is asked for often.
package struct PhaseCounts: Hashable, Sendable {
  private var counts: [Int]

  package init(waiting: Int = 0) {
    counts = Array(repeating: 0, count: StepPhase.allCases.count)
    counts[StepPhase.waiting.rank] = waiting
  }

  package subscript(phase: StepPhase) -> Int { counts[phase.rank] }

  mutating func add(_ phase: StepPhase) { counts[phase.rank] += 1 }

  mutating func move(_ before: StepPhase, _ after: StepPhase) {
    counts[before.rank] -= 1
    counts[after.rank] += 1
  }
}

extension StepPhase {
  /// Its place among all cases.
  fileprivate var rank: Int {
    switch self {
    case .waiting: 0
    case .retrying: 1
    case .granted: 2
    case .running: 3
    case .checking: 4
    case .succeeded: 5
    case .rejected: 6
    case .failed: 7
    case .blocked: 8
    case .cancelled: 9
    }
  }
}
