// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

// Each enumeration, to its encoded form and back. A value that the program does not know is an error: formats guard against it.

extension PBRunKind {
  init(_ kind: RunKind) {
    self =
      switch kind {
      case .materialize: .materialize
      case .checksOnly: .checksOnly
      }
  }

  func kind() throws -> RunKind {
    switch self {
    case .materialize: .materialize
    case .checksOnly: .checksOnly
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("run kind")
    }
  }
}

extension PBRunOutcome {
  init(_ outcome: RunOutcome) {
    self =
      switch outcome {
      case .succeeded: .succeeded
      case .blocked: .blocked
      case .cancelled: .cancelled
      case .failed: .failed
      }
  }

  func outcome() throws -> RunOutcome {
    switch self {
    case .succeeded: .succeeded
    case .blocked: .blocked
    case .cancelled: .cancelled
    case .failed: .failed
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("run outcome")
    }
  }
}

extension PBSeverity {
  init(_ severity: CheckSeverity) {
    self =
      switch severity {
      case .block: .block
      case .warn: .warn
      }
  }

  func severity() throws -> CheckSeverity {
    switch self {
    case .block: .block
    case .warn: .warn
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("severity")
    }
  }
}

extension PBCheckOutcome {
  init(_ outcome: CheckOutcome) {
    self =
      switch outcome {
      case .passed: .passed
      case .failed: .failed
      case .errored: .errored
      case .timedOut: .timedOut
      }
  }

  func outcome() throws -> CheckOutcome {
    switch self {
    case .passed: .passed
    case .failed: .failed
    case .errored: .errored
    case .timedOut: .timedOut
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("check outcome")
    }
  }
}

extension PBBoundInput.Binding {
  init(_ binding: BindingPolicy) {
    self =
      switch binding {
      case .gated: .gated
      case .lastKnownGood: .lastKnownGood
      }
  }

  func policy() throws -> BindingPolicy {
    switch self {
    case .gated: .gated
    case .lastKnownGood: .lastKnownGood
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("binding policy")
    }
  }
}

extension PBFailure.Kind {
  init(_ kind: StepFailure.Kind) {
    self =
      switch kind {
      case .threw: .threw
      case .timedOut: .timedOut
      case .input: .input
      case .output: .output
      case .undefined: .undefined
      case .lost: .lost
      case .unreachable: .unreachable
      }
  }

  func kind() throws -> StepFailure.Kind {
    switch self {
    case .threw: .threw
    case .timedOut: .timedOut
    case .input: .input
    case .output: .output
    case .undefined: .undefined
    case .lost: .lost
    case .unreachable: .unreachable
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("kind of failure")
    }
  }
}

extension PBGateReason.Kind {
  init(_ kind: StepOutcome.Kind) {
    self =
      switch kind {
      case .succeeded: .succeeded
      case .rejected: .rejected
      case .failed: .failed
      case .blocked: .blocked
      case .cancelled: .cancelled
      }
  }

  func kind() throws -> StepOutcome.Kind {
    switch self {
    case .succeeded: .succeeded
    case .rejected: .rejected
    case .failed: .failed
    case .blocked: .blocked
    case .cancelled: .cancelled
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("step outcome")
    }
  }
}

extension PBAttemptEnded.Refusal {
  init(_ refusal: StepEnd.Refusal) {
    self =
      switch refusal {
      case .staleManifest: .staleManifest
      case .staleEpoch: .staleEpoch
      case .draining: .draining
      case .overloaded: .overloaded
      }
  }

  func refusal() throws -> StepEnd.Refusal {
    switch self {
    case .staleManifest: .staleManifest
    case .staleEpoch: .staleEpoch
    case .draining: .draining
    case .overloaded: .overloaded
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("refusal")
    }
  }
}

extension PBLogged.Level {
  init(_ level: LogLine.Level) {
    self =
      switch level {
      case .debug: .debug
      case .info: .info
      case .warning: .warning
      case .error: .error
      }
  }

  func level() throws -> LogLine.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("log level")
    }
  }
}

extension PBDependency.Mapping {
  init(_ mapping: PartitionMapping) {
    self =
      switch mapping {
      case .identity: .identity
      case .all: .all
      }
  }

  func mapping() throws -> PartitionMapping {
    switch self {
    case .identity: .identity
    case .all: .all
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("partition mapping")
    }
  }
}

extension PBSchedule.Partition {
  init(_ partition: ScheduleSpec.Partition) {
    self =
      switch partition {
      case .latest: .latest
      case .all: .all
      }
  }

  func partition() throws -> ScheduleSpec.Partition {
    switch self {
    case .latest: .latest
    case .all: .all
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("partition of a schedule")
    }
  }
}

extension PBSnapshot.Decision {
  init(_ decision: Settlement.Decision) {
    self =
      switch decision {
      case .promote: .promote
      case .reject: .reject
      case .discard: .discard
      }
  }

  func decision() throws -> Settlement.Decision {
    switch self {
    case .promote: .promote
    case .reject: .reject
    case .discard: .discard
    case .unspecified, .UNRECOGNIZED: throw CodecProblem.unknown("decision")
    }
  }
}
