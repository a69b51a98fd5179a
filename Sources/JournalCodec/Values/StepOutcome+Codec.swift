// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

extension PBStepOutcome {
  init(_ value: StepOutcome, texts: inout TextWriter) {
    self.init()
    switch value {
    case .succeeded: succeeded = true
    case .rejected: rejected = true
    case .failed(let failure): failed = PBFailure(failure)
    case .blocked(let reasons):
      var encoded = Blocked()
      for reason in reasons { encoded.reasons.append(PBGateReason(reason, texts: &texts)) }
      blocked = encoded
    case .cancelled: cancelled = true
    }
  }

  func value(_ texts: TextReader) throws -> StepOutcome {
    switch outcome {
    case .succeeded: .succeeded
    case .rejected: .rejected
    case .failed(let failure): .failed(try failure.failure())
    case .blocked(let blocked): .blocked(try blocked.reasons.map { try $0.value(texts) })
    case .cancelled: .cancelled
    case nil: throw CodecProblem.unknown("step outcome")
    }
  }
}

extension PBGateReason {
  fileprivate init(_ value: GateReason, texts: inout TextWriter) {
    self.init()
    switch value {
    case .neverMaterialized(let target): neverMaterialized = Target(target, texts: &texts)
    case .rejected(let version): rejected = PBVersion(version, texts: &texts)
    case .notEvaluated(let version, let checks): notEvaluated = NotEvaluated(version, checks, texts: &texts)
    case .noSuchPartition(let target): noSuchPartition = Target(target, texts: &texts)
    case .ownerNotInWorkspace(let asset, let location):
      ownerNotInWorkspace.asset = texts.index(asset)
      ownerNotInWorkspace.location = texts.index(location)
    case .unresolved(let asset): unresolved = texts.index(asset)
    case .stepEnded(let target, let step, let kind):
      stepEnded.target = Target(target, texts: &texts)
      stepEnded.run = step.run.number
      stepEnded.ordinal = Int64(step.ordinal)
      stepEnded.kind = Kind(kind)
    }
  }

  fileprivate func value(_ texts: TextReader) throws -> GateReason {
    switch reason {
    case .neverMaterialized(let target): .neverMaterialized(try target.value(texts))
    case .rejected(let version): .rejected(try version.value(texts))
    case .notEvaluated(let reason):
      .notEvaluated(try reason.version.value(texts), try reason.checks.map { try $0.value(texts) })
    case .noSuchPartition(let target): .noSuchPartition(try target.value(texts))
    case .ownerNotInWorkspace(let reason):
      .ownerNotInWorkspace(try texts.asset(reason.asset), try texts.location(reason.location))
    case .unresolved(let asset): .unresolved(try texts.asset(asset))
    case .stepEnded(let reason):
      .stepEnded(
        try reason.target.value(texts), StepID(run: RunID(reason.run), ordinal: Int(reason.ordinal)), try reason.kind.kind())
    case nil: throw CodecProblem.unknown("reason of a closed gate")
    }
  }
}

extension PBGateReason.Target {
  fileprivate init(_ target: AssetPartition, texts: inout TextWriter) {
    self.init()
    asset = texts.index(target.asset)
    partition = texts.index(target.partition)
  }

  fileprivate func value(_ texts: TextReader) throws -> AssetPartition {
    AssetPartition(try texts.asset(asset), try texts.partition(partition))
  }
}

extension PBGateReason.NotEvaluated {
  fileprivate init(_ version: VersionRef, _ checks: [CheckIdentity], texts: inout TextWriter) {
    self.init()
    self.version = PBVersion(version, texts: &texts)
    self.checks = .init(checks, texts: &texts)
  }
}
