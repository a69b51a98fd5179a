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
