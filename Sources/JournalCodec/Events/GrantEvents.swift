// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

extension PBStepGranted {
  init(_ record: GrantRecord, at: Timestamp, texts: inout TextWriter) {
    self.init()
    run = record.step.run.number
    ordinal = Int64(record.step.ordinal)
    attempt = Int64(record.attempt)
    location = texts.index(record.location)
    manifest = texts.index(record.manifest)
    step = texts.index(record.stepName)
    partition = texts.index(record.partition)
    deadlineAfterUs = record.deadline.microseconds &- at.microseconds
    kind = PBRunKind(record.kind)
    inputs = .init(record.inputs, texts: &texts)
    for output in record.outputs { outputs.append(Output(output, texts: &texts)) }
  }

  func record(_ texts: TextReader, at: Timestamp) throws -> GrantRecord {
    GrantRecord(
      step: StepID(run: RunID(run), ordinal: Int(ordinal)), attempt: Int(attempt), location: try texts.location(location),
      manifest: try texts.digest(manifest), stepName: try texts.text(step), partition: try texts.partition(partition),
      deadline: Timestamp(microseconds: at.microseconds &+ deadlineAfterUs), kind: try kind.kind(),
      inputs: try inputs.map { try $0.value(texts) }, outputs: try outputs.map { try $0.value(texts) })
  }
}

extension PBStepGranted.Output {
  fileprivate init(_ output: GrantedVersion, texts: inout TextWriter) {
    self.init()
    asset = texts.index(output.asset)
    number = output.number
    for check in output.checks {
      var encoded = PBStepGranted.Check()
      encoded.name = texts.index(check.check.name)
      if let version = check.check.version { encoded.version = texts.index(version) }
      encoded.severity = PBSeverity(check.severity)
      checks.append(encoded)
    }
  }

  fileprivate func value(_ texts: TextReader) throws -> GrantedVersion {
    GrantedVersion(
      asset: try texts.asset(asset), number: number,
      checks: try checks.map { check in
        GrantedCheckSpec(
          check: CheckIdentity(
            name: try texts.text(check.name), version: check.hasVersion ? try texts.text(check.version) : nil),
          severity: try check.severity.severity())
      })
  }
}
