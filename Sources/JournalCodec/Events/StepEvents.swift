// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import SwiftProtobuf

/// An event about a step, which it names in three fields.
protocol StepNaming {
  var run: UInt64 { get set }
  var ordinal: Int64 { get set }
  init()
}

protocol AttemptNaming: StepNaming {
  var attempt: Int64 { get set }
}

extension StepNaming {
  init(_ step: StepID) {
    self.init()
    run = step.run.number
    ordinal = Int64(step.ordinal)
  }

  var step: StepID { StepID(run: RunID(run), ordinal: Int(ordinal)) }
}

extension AttemptNaming {
  init(_ step: StepID, attempt: Int) {
    self.init(step)
    self.attempt = Int64(attempt)
  }
}

extension PBStepStarted: AttemptNaming {}
extension PBSlotReturned: AttemptNaming {}

extension PBLogged: AttemptNaming {
  init(_ step: StepID, attempt: Int, lines: [LogLine], dropped: Int, at: Timestamp) {
    self.init(step, attempt: attempt)
    self.lines = lines.map { line in
      Line.with {
        $0.afterUs = line.at.microseconds &- at.microseconds
        $0.level = Level(line.level)
        $0.message = line.message
      }
    }
    self.dropped = Int64(dropped)
  }

  func event(at: Timestamp) throws -> Event {
    let lines = try lines.map { line in
      LogLine(
        at: Timestamp(microseconds: at.microseconds &+ line.afterUs), level: try line.level.level(), message: line.message)
    }
    return .logged(step, attempt: Int(attempt), lines: lines, dropped: Int(dropped))
  }
}

extension PBStaged: AttemptNaming {
  init(_ step: StepID, attempt: Int, outputs: [StagedOutput], texts: inout TextWriter) {
    self.init(step, attempt: attempt)
    for output in outputs {
      var encoded = Output()
      encoded.asset = texts.index(output.asset)
      encoded.locator = PBLocator(output.locator)
      encoded.metadata = .init(output.metadata)
      self.outputs.append(encoded)
    }
  }

  func event(_ texts: TextReader) throws -> Event {
    let outputs = try outputs.map { output in
      StagedOutput(
        asset: try texts.asset(output.asset), locator: output.locator.locator, metadata: try output.metadata.metadata())
    }
    return .staged(step, attempt: Int(attempt), outputs)
  }
}

extension PBChecked: AttemptNaming {
  init(
    _ step: StepID, attempt: Int, version: VersionRef, evaluations: [CheckEvaluation], texts: inout TextWriter
  ) {
    self.init(step, attempt: attempt)
    self.version = PBVersion(version, texts: &texts)
    for evaluation in evaluations {
      var encoded = Evaluation()
      encoded.name = texts.index(evaluation.check.name)
      if let version = evaluation.check.version { encoded.version = texts.index(version) }
      encoded.severity = PBSeverity(evaluation.severity)
      encoded.outcome = PBCheckOutcome(evaluation.outcome)
      if let detail = PBEvaluationDetail(evaluation) { encoded.detail = detail }
      self.evaluations.append(encoded)
    }
  }

  func event(_ texts: TextReader) throws -> Event {
    let evaluations = try evaluations.map { evaluation in
      CheckEvaluation(
        check: CheckIdentity(
          name: try texts.text(evaluation.name), version: evaluation.hasVersion ? try texts.text(evaluation.version) : nil),
        severity: try evaluation.severity.severity(), outcome: try evaluation.outcome.outcome(),
        message: evaluation.detail.hasMessage ? evaluation.detail.message : nil,
        metadata: try evaluation.detail.metadata.metadata())
    }
    return .checked(step, attempt: Int(attempt), try version.value(texts), evaluations)
  }
}

extension PBEvaluationDetail {
  /// nil where there is nothing to say.
  init?(_ evaluation: CheckEvaluation) {
    if evaluation.message == nil && evaluation.metadata.isEmpty { return nil }
    self.init()
    if let text = evaluation.message { message = text }
    metadata = .init(evaluation.metadata)
  }
}

extension PBAttemptEnded: AttemptNaming {
  init(_ step: StepID, attempt: Int, end: AttemptEnd, returnsSlot: Bool) {
    self.init(step, attempt: attempt)
    keepsSlot = !returnsSlot
    switch end {
    case .completed: completed = true
    case .failed(let failure): failed = PBFailure(failure)
    case .cancelled: cancelled = true
    case .lost(let reason): lost = reason
    case .refused(let refusal): refused = Refusal(refusal)
    }
  }

  func event() throws -> Event {
    .attemptEnded(step, attempt: Int(attempt), try ending(), returnsSlot: !keepsSlot)
  }

  private func ending() throws -> AttemptEnd {
    switch end {
    case .completed: .completed
    case .failed(let failure): .failed(try failure.failure())
    case .cancelled: .cancelled
    case .lost(let reason): .lost(reason)
    case .refused(let refusal): .refused(try refusal.refusal())
    case nil: throw CodecProblem.unknown("end of an attempt")
    }
  }
}

extension PBRetryScheduled: StepNaming {
  init(_ step: StepID, notBefore: Timestamp, at: Timestamp) {
    self.init(step)
    notBeforeAfterUs = notBefore.microseconds &- at.microseconds
  }

  func event(at: Timestamp) -> Event {
    .retryScheduled(step, notBefore: Timestamp(microseconds: at.microseconds &+ notBeforeAfterUs))
  }
}

extension PBStepFinished: StepNaming {
  init(_ step: StepID, _ outcome: Orchestrator.StepOutcome, texts: inout TextWriter) {
    self.init(step)
    self.outcome = PBStepOutcome(outcome, texts: &texts)
  }
}
