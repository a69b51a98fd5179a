// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import SwiftProtobuf

extension Grant: WireMapped {
  package init(wire: Sluice_Location_V1_Grant) throws(WireError) {
    try require("attempt", wire.hasAttempt)
    self.init(
      attempt: try read("attempt", wire.attempt), epoch: wire.epoch,
      manifest: try read("manifest_digest", wire.manifestDigest), step: try readName("step", wire.step),
      partition: try read("partition", wire.partition), work: try Work(wire: wire.work),
      deadline: Timestamp(microseconds: wire.deadlineUs),
      timeLeft: wire.hasTimeLeftUs ? .microseconds(wire.timeLeftUs) : nil,
      trace: wire.hasTrace ? try read("trace", wire.trace) : nil)
  }

  package var wire: Sluice_Location_V1_Grant {
    .with {
      $0.attempt = attempt.wire
      $0.epoch = epoch
      $0.manifestDigest = manifest.wire
      $0.step = step
      $0.partition = partition.wire
      $0.work = work.wire
      $0.deadlineUs = deadline.microseconds
      if let timeLeft { $0.timeLeftUs = timeLeft.wholeMicroseconds }
      if let trace { $0.trace = trace.wire }
    }
  }
}

extension Grant.Work: WireMapped {
  package init(wire: Sluice_Location_V1_Grant.OneOf_Work?) throws(WireError) {
    switch wire {
    case .materialize(let work):
      self = .materialize(
        inputs: try within("materialize") { () throws(WireError) in
          try readAll("inputs", work.inputs, limit: Limits.dependenciesPerStep, named: "dependenciesPerStep")
        },
        outputs: try within("materialize") { () throws(WireError) in
          try readAll("outputs", work.outputs, limit: Limits.dependenciesPerStep, named: "dependenciesPerStep")
        })
    case .check(let work):
      self = .check(
        try within("check") { () throws(WireError) in
          try readAll("targets", work.targets, limit: Limits.dependenciesPerStep, named: "dependenciesPerStep")
        })
    case nil: throw unknownValue("work", "none")
    }
  }

  package var wire: Sluice_Location_V1_Grant.OneOf_Work? {
    switch self {
    case .materialize(let inputs, let outputs):
      .materialize(
        .with {
          $0.inputs = inputs.map(\.wire)
          $0.outputs = outputs.map(\.wire)
        })
    case .check(let targets): .check(.with { $0.targets = targets.map(\.wire) })
    }
  }
}

extension StepTrace: WireMapped {
  package init(wire: Sluice_Location_V1_Grant.Trace) throws(WireError) {
    let state = wire.tracestate.isEmpty ? nil : wire.tracestate
    guard let context = TraceContext(traceparent: wire.traceparent, tracestate: state) else {
      throw WireError(.malformed, field: "traceparent", "is no traceparent of the W3C's Trace Context")
    }
    guard let parent = SpanID(wire.parentID) else {
      throw WireError(.malformed, field: "parent_id", "is not of 16 lower-case hexadecimal digits that are not all 0")
    }
    self.init(context: context, parentID: parent)
  }

  package var wire: Sluice_Location_V1_Grant.Trace {
    .with {
      $0.traceparent = traceparent
      $0.tracestate = tracestate ?? ""
      $0.parentID = parentID.description
    }
  }
}

extension GrantedInput: WireMapped {
  package init(wire: Sluice_Location_V1_Grant.Input) throws(WireError) {
    self.init(asset: try read("asset", wire.asset), versions: try readAll("versions", wire.versions))
  }

  package var wire: Sluice_Location_V1_Grant.Input {
    .with {
      $0.asset = asset.wire
      $0.versions = versions.map(\.wire)
    }
  }
}

extension PinnedVersion: WireMapped {
  package init(wire: Sluice_Location_V1_PinnedVersion) throws(WireError) {
    self.init(version: try read("version", wire.version), locator: try read("locator", wire.locator))
  }

  package var wire: Sluice_Location_V1_PinnedVersion {
    .with {
      $0.version = version.wire
      $0.locator = locator.wire
    }
  }
}

extension GrantedOutput: WireMapped {
  package init(wire: Sluice_Location_V1_Grant.Output) throws(WireError) {
    self.init(
      version: try read("version", wire.version),
      checks: try readAll("checks", wire.checks, limit: Limits.checksPerAsset, named: "checksPerAsset"))
  }

  package var wire: Sluice_Location_V1_Grant.Output {
    .with {
      $0.version = version.wire
      $0.checks = checks.map(\.wire)
    }
  }
}

extension GrantedCheck: WireMapped {
  package init(wire: Sluice_Location_V1_Grant.Target) throws(WireError) {
    self.init(
      target: try read("version", wire.version),
      checks: try readAll("checks", wire.checks, limit: Limits.checksPerAsset, named: "checksPerAsset"))
  }

  package var wire: Sluice_Location_V1_Grant.Target {
    .with {
      $0.version = target.wire
      $0.checks = checks.map(\.wire)
    }
  }
}

extension ManifestDigest: WireMapped {
  package init(wire text: String) throws(WireError) { self.init(try readName("", text)) }
  package var wire: String { description }
}

extension Settlement: WireMapped {
  package init(wire: Sluice_Location_V1_Settlement) throws(WireError) {
    self.init(
      version: try read("version", wire.version), decision: try read("decision", wire.decision),
      locator: wire.hasLocator ? try read("locator", wire.locator) : nil)
  }

  package var wire: Sluice_Location_V1_Settlement {
    .with {
      $0.version = version.wire
      $0.decision = decision.wire
      if let locator { $0.locator = locator.wire }
    }
  }
}

extension Settlement.Decision: WireMapped {
  package init(wire: Sluice_Location_V1_Settlement.Decision) throws(WireError) {
    switch wire {
    case .promote: self = .promote
    case .reject: self = .reject
    case .discard: self = .discard
    case .unspecified, .UNRECOGNIZED: throw unknownValue("", wire)
    }
  }

  package var wire: Sluice_Location_V1_Settlement.Decision {
    switch self {
    case .promote: .promote
    case .reject: .reject
    case .discard: .discard
    }
  }
}

/// Names the message in which the fields of an error lie.
func within<Value>(_ field: String, _ body: () throws(WireError) -> Value) throws(WireError) -> Value {
  do { return try body() } catch { throw error.within(field) }
}
