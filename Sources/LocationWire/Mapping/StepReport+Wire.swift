// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import SwiftProtobuf

extension StepReport: WireMapped {
  package init(wire: Sluice_Location_V1_StepReport) throws(WireError) {
    let attempt: AttemptID = try read("attempt", wire.attempt)
    switch wire.report {
    case .started: self = .started(attempt)
    case .logged(let logged):
      self = .logged(
        attempt, lines: try within("logged") { () throws(WireError) in try readAll("lines", logged.lines) },
        dropped: Int(min(logged.dropped, UInt64(Limits.droppedLines))))
    case .staged(let staged):
      self = .staged(
        attempt,
        try within("staged") { () throws(WireError) in
          try readAll("outputs", staged.outputs, limit: Limits.dependenciesPerStep, named: "dependenciesPerStep")
        })
    case .checked(let checked):
      self = .checked(
        attempt, asset: try within("checked") { () throws(WireError) in try read("asset", checked.asset) },
        try within("checked") { () throws(WireError) in
          try readAll("evaluations", checked.evaluations, limit: Limits.checksPerAsset, named: "checksPerAsset")
        })
    case .finished(let finished): self = .finished(attempt, try read("finished", finished))
    case nil: throw unknownValue("report", "none")
    }
  }

  package var wire: Sluice_Location_V1_StepReport {
    .with {
      $0.attempt = attempt.wire
      switch self {
      case .started: $0.started = .init()
      case .logged(_, let lines, let dropped):
        $0.logged.lines = lines.map(\.wire)
        $0.logged.dropped = UInt64(clamping: dropped)
      case .staged(_, let outputs):
        let budget = WireLimits.metadataBytes / max(1, outputs.count)
        $0.staged.outputs = outputs.map { $0.wire(metadataWithin: budget) }
      case .checked(_, let asset, let evaluations):
        $0.checked.asset = asset.wire
        let budget = WireLimits.metadataBytes / max(1, evaluations.count)
        $0.checked.evaluations = evaluations.map { $0.wire(metadataWithin: budget) }
      case .finished(_, let end): $0.finished = end.wire
      }
    }
  }
}

extension StepReport {
  /// What a report that cannot be taken means: its attempt has failed, and no other is hurt.
  package static func malformed(_ attempt: AttemptID, _ error: WireError) -> StepReport {
    .finished(
      attempt,
      .failed(StepFailure(kind: .output, message: "the location sent a malformed report: \(error)", isRetryable: false)))
  }
}

extension LogLine: WireMapped {
  package init(wire: Sluice_Location_V1_LogLine) throws(WireError) {
    self.init(
      at: Timestamp(microseconds: wire.atUs), level: try read("level", wire.level), message: cut(wire.message))
  }

  package var wire: Sluice_Location_V1_LogLine {
    .with {
      $0.atUs = at.microseconds
      $0.level = level.wire
      $0.message = cut(message)
    }
  }
}

extension LogLine.Level: WireMapped {
  package init(wire: Sluice_Location_V1_LogLine.Level) throws(WireError) {
    switch wire {
    case .debug: self = .debug
    case .info: self = .info
    case .warning: self = .warning
    case .error: self = .error
    case .unspecified, .UNRECOGNIZED: throw unknownValue("", wire)
    }
  }

  package var wire: Sluice_Location_V1_LogLine.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}

extension StagedOutput: WireMapped {
  package init(wire: Sluice_Location_V1_StagedOutput) throws(WireError) {
    self.init(
      asset: try read("asset", wire.asset), locator: try read("locator", wire.locator),
      metadata: try readMetadata(wire.metadata))
  }

  package var wire: Sluice_Location_V1_StagedOutput { wire(metadataWithin: WireLimits.metadataBytes) }

  func wire(metadataWithin budget: Int) -> Sluice_Location_V1_StagedOutput {
    .with {
      $0.asset = asset.wire
      $0.locator = locator.wire
      $0.metadata = metadata.wire(within: budget)
    }
  }
}

extension CheckEvaluation: WireMapped {
  package init(wire: Sluice_Location_V1_CheckEvaluation) throws(WireError) {
    self.init(
      check: try read("check", wire.check), severity: try read("severity", wire.severity),
      outcome: try read("outcome", wire.outcome), message: wire.hasMessage ? cut(wire.message) : nil,
      metadata: try readMetadata(wire.metadata))
  }

  package var wire: Sluice_Location_V1_CheckEvaluation { wire(metadataWithin: WireLimits.metadataBytes) }

  func wire(metadataWithin budget: Int) -> Sluice_Location_V1_CheckEvaluation {
    .with {
      $0.check = check.wire
      $0.severity = severity.wire
      $0.outcome = outcome.wire
      if let message { $0.message = cut(message) }
      $0.metadata = metadata.wire(within: budget)
    }
  }
}

extension CheckOutcome: WireMapped {
  package init(wire: Sluice_Location_V1_CheckEvaluation.Outcome) throws(WireError) {
    switch wire {
    case .passed: self = .passed
    case .failed: self = .failed
    case .errored: self = .errored
    case .timedOut: self = .timedOut
    case .unspecified, .UNRECOGNIZED: throw unknownValue("", wire)
    }
  }

  package var wire: Sluice_Location_V1_CheckEvaluation.Outcome {
    switch self {
    case .passed: .passed
    case .failed: .failed
    case .errored: .errored
    case .timedOut: .timedOut
    }
  }
}

extension KnownAttempt: WireMapped {
  /// Reports that are malformed or unknown hurt their attempt alone.
  package init(wire: Sluice_Location_V1_KnownAttempt) throws(WireError) {
    let attempt: AttemptID = try read("attempt", wire.attempt)
    let reports = wire.reports.compactMap { report -> StepReport? in
      guard report.report != nil else { return nil }
      do throws(WireError) { return try StepReport(wire: report) } catch { return .malformed(attempt, error) }
    }
    guard reports.allSatisfy({ $0.attempt == attempt }) else {
      throw WireError(.malformed, field: "reports", "are about another attempt than \(attempt)")
    }
    self.init(attempt: attempt, reports: reports)
  }

  package var wire: Sluice_Location_V1_KnownAttempt {
    .with {
      $0.attempt = attempt.wire
      $0.reports = reports.map(\.wire)
    }
  }
}
