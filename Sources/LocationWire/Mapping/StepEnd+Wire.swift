// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import SwiftProtobuf

extension StepEnd: WireMapped {
  package init(wire: Sluice_Location_V1_StepReport.Finished) throws(WireError) {
    switch wire.end {
    case .completed: self = .completed
    case .failed(let failure): self = .failed(try read("failed", failure))
    case .cancelled: self = .cancelled
    case .refused(let refusal): self = .refused(try read("refused", refusal))
    case nil: throw unknownValue("end", "none")
    }
  }

  package var wire: Sluice_Location_V1_StepReport.Finished {
    .with {
      switch self {
      case .completed: $0.completed = .init()
      case .failed(let failure): $0.failed = failure.wire
      case .cancelled: $0.cancelled = .init()
      case .refused(let refusal): $0.refused = refusal.wire
      }
    }
  }
}

extension StepEnd.Refusal: WireMapped {
  package init(wire: Sluice_Location_V1_StepReport.Refusal) throws(WireError) {
    switch wire {
    case .staleManifest: self = .staleManifest
    case .staleEpoch: self = .staleEpoch
    case .draining: self = .draining
    case .overloaded: self = .overloaded
    case .unspecified, .UNRECOGNIZED: throw unknownValue("", wire)
    }
  }

  package var wire: Sluice_Location_V1_StepReport.Refusal {
    switch self {
    case .staleManifest: .staleManifest
    case .staleEpoch: .staleEpoch
    case .draining: .draining
    case .overloaded: .overloaded
    }
  }
}

extension StepFailure: WireMapped {
  package init(wire: Sluice_Location_V1_StepReport.Failure) throws(WireError) {
    self.init(kind: try read("kind", wire.kind), message: cut(wire.message), isRetryable: wire.retryable)
  }

  package var wire: Sluice_Location_V1_StepReport.Failure {
    .with {
      $0.kind = kind.wire
      $0.message = cut(message)
      $0.retryable = isRetryable
    }
  }
}

extension StepFailure.Kind: WireMapped {
  package init(wire: Sluice_Location_V1_StepReport.Failure.Kind) throws(WireError) {
    switch wire {
    case .threw: self = .threw
    case .timedOut: self = .timedOut
    case .input: self = .input
    case .output: self = .output
    case .undefined: self = .undefined
    case .lost: self = .lost
    case .unreachable: self = .unreachable
    case .unspecified, .UNRECOGNIZED: throw unknownValue("", wire)
    }
  }

  package var wire: Sluice_Location_V1_StepReport.Failure.Kind {
    switch self {
    case .threw: .threw
    case .timedOut: .timedOut
    case .input: .input
    case .output: .output
    case .undefined: .undefined
    case .lost: .lost
    case .unreachable: .unreachable
    }
  }
}
