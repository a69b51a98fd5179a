// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// How a step of a run ended; final.
public enum StepOutcome: Hashable, Sendable {
  /// Every output was staged and promoted; for a check-only step every blocking check passed.
  case succeeded
  /// Every output was staged, and a blocking check did not pass on at least one.
  case rejected
  /// Its attempts failed, or it cannot run any more.
  case failed(StepFailure)
  /// A gate that it needs is closed, and nothing in flight may still open it.
  case blocked([GateReason])
  case cancelled

  /// The outcome without its details.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case succeeded, rejected, failed, blocked, cancelled
  }

  public var kind: Kind {
    switch self {
    case .succeeded: .succeeded
    case .rejected: .rejected
    case .failed: .failed
    case .blocked: .blocked
    case .cancelled: .cancelled
    }
  }
}

/// How a run ended: `succeeded`, or the worst of its steps (semantics 10). A rejected step makes its run `failed`.
public enum RunOutcome: String, Hashable, Sendable, CaseIterable, Comparable {
  case succeeded, blocked, cancelled, failed

  /// By severity, worst last.
  public static func < (left: Self, right: Self) -> Bool { left.severity < right.severity }
  private var severity: Int {
    switch self {
    case .succeeded: 0
    case .blocked: 1
    case .cancelled: 2
    case .failed: 3
    }
  }

  /// What a step's end makes of its run.
  public init(_ kind: StepOutcome.Kind) {
    switch kind {
    case .succeeded: self = .succeeded
    case .blocked: self = .blocked
    case .cancelled: self = .cancelled
    case .failed, .rejected: self = .failed
    }
  }
}
