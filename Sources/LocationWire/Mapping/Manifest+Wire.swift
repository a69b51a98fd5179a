// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import SwiftProtobuf

extension Manifest: WireMapped {
  package init(wire: Sluice_Location_V1_Manifest) throws(WireError) {
    try checkLimit("steps", wire.steps.count, Limits.definitionsPerManifest, named: "definitionsPerManifest")
    var size = ManifestSize()
    for step in wire.steps { try size.add(outputs: step.outputs.count, dependencies: step.dependencies.count) }
    self.init(
      location: try read("location", wire.location),
      version: wire.hasVersion ? try readName("version", wire.version) : nil,
      steps: try readAll("steps", wire.steps, limit: Limits.definitionsPerManifest, named: "definitionsPerManifest"),
      schedules: try readAll(
        "schedules", wire.schedules, limit: Limits.schedulesPerManifest, named: "schedulesPerManifest"))
  }

  package var wire: Sluice_Location_V1_Manifest {
    .with {
      $0.location = location.wire
      if let version { $0.version = version }
      $0.steps = steps.map(\.wire)
      $0.schedules = schedules.map(\.wire)
    }
  }
}

extension StepSpec: WireMapped {
  package init(wire: Sluice_Location_V1_Step) throws(WireError) {
    guard !wire.outputs.isEmpty else { throw WireError(.malformed, field: "outputs", "a step yields at least one asset") }
    self.init(
      name: try readName("name", wire.name), partitions: try read("partitions", wire.partitions),
      dependencies: try readAll(
        "dependencies", wire.dependencies, limit: Limits.dependenciesPerStep, named: "dependenciesPerStep"),
      outputs: try readAll("outputs", wire.outputs, limit: Limits.dependenciesPerStep, named: "dependenciesPerStep"),
      retry: try read("retry", wire.retry), timeout: try readTimeout("timeout_us", wire.timeoutUs),
      codeVersion: wire.hasCodeVersion ? try readName("code_version", wire.codeVersion) : nil)
    let checks = outputs.lazy.flatMap(\.checks)
    try checkLimit(
      "outputs", outputs.reduce(outputs.count) { $0 + $1.checks.count }, Limits.outputsAndChecksPerStep,
      named: "outputsAndChecksPerStep")
    try checkLimit(
      "outputs", checks.reduce(0) { $0 + $1.identity.textBytes }, Limits.checkNamesPerStep, named: "checkNamesPerStep")
  }

  package var wire: Sluice_Location_V1_Step {
    .with {
      $0.name = name
      $0.partitions = partitions.wire
      $0.dependencies = dependencies.map(\.wire)
      $0.outputs = outputs.map(\.wire)
      $0.retry = retry.wire
      $0.timeoutUs = timeout.wholeMicroseconds
      if let codeVersion { $0.codeVersion = codeVersion }
    }
  }
}

extension DependencySpec: WireMapped {
  package init(wire: Sluice_Location_V1_Dependency) throws(WireError) {
    self.init(
      upstream: try read("upstream", wire.upstream), mapping: try read("mapping", wire.mapping),
      binding: try read("binding", wire.binding), partitions: try read("partitions", wire.partitions),
      loadableSchemes: try readNames("loadable_schemes", wire.loadableSchemes))
  }

  package var wire: Sluice_Location_V1_Dependency {
    .with {
      $0.upstream = upstream.wire
      $0.mapping = mapping.wire
      $0.binding = binding.wire
      $0.partitions = partitions.wire
      $0.loadableSchemes = loadableSchemes
    }
  }
}

extension PartitionMapping: WireMapped {
  package init(wire: Sluice_Location_V1_Dependency.Mapping) throws(WireError) {
    switch wire {
    case .identity: self = .identity
    case .all: self = .all
    case .unspecified, .UNRECOGNIZED: throw unknownValue("", wire)
    }
  }

  package var wire: Sluice_Location_V1_Dependency.Mapping {
    switch self {
    case .identity: .identity
    case .all: .all
    }
  }
}

extension BindingPolicy: WireMapped {
  package init(wire: Sluice_Location_V1_Dependency.Binding) throws(WireError) {
    switch wire {
    case .gated: self = .gated
    case .lastKnownGood: self = .lastKnownGood
    case .unspecified, .UNRECOGNIZED: throw unknownValue("", wire)
    }
  }

  package var wire: Sluice_Location_V1_Dependency.Binding {
    switch self {
    case .gated: .gated
    case .lastKnownGood: .lastKnownGood
    }
  }
}

extension RetryPolicy: WireMapped {
  package init(wire: Sluice_Location_V1_RetryPolicy) throws(WireError) {
    guard wire.maxAttempts >= 1 else { throw WireError(.malformed, field: "max_attempts", "is below 1") }
    try checkLimit("max_attempts", Int(wire.maxAttempts), Limits.attemptsPerStep, named: "attemptsPerStep")
    guard wire.delayUs >= 0 else { throw WireError(.malformed, field: "delay_us", "is negative") }
    guard wire.maxDelayUs >= 0 else { throw WireError(.malformed, field: "max_delay_us", "is negative") }
    guard wire.backoff.isFinite, wire.backoff >= 1 else { throw WireError(.malformed, field: "backoff", "is below 1") }
    guard (0...1).contains(wire.jitter) else { throw WireError(.malformed, field: "jitter", "is not within 0 to 1") }
    self.init(
      maxAttempts: Int(wire.maxAttempts), delay: .microseconds(wire.delayUs), backoff: wire.backoff,
      maxDelay: .microseconds(wire.maxDelayUs), jitter: wire.jitter)
  }

  package var wire: Sluice_Location_V1_RetryPolicy {
    .with {
      // At most `Limits.attemptsPerStep`, by the initializer.
      $0.maxAttempts = UInt32(maxAttempts)
      $0.delayUs = delay.wholeMicroseconds
      $0.backoff = backoff
      $0.maxDelayUs = maxDelay.wholeMicroseconds
      $0.jitter = jitter
    }
  }
}

extension ScheduleSpec: WireMapped {
  package init(wire: Sluice_Location_V1_Schedule) throws(WireError) {
    self.init(
      name: try readName("name", wire.name),
      cron: try readModel("cron") { () throws(ModelError) in try CronExpression(wire.cron) },
      zone: try read("zone", wire.zone),
      selection: try readModel("selection") { () throws(ModelError) in try Selection(wire.selection) },
      partition: try read("partition", wire.partition),
      description: wire.hasDescription_p ? cut(wire.description_p) : nil)
  }

  package var wire: Sluice_Location_V1_Schedule {
    .with {
      $0.name = name
      $0.cron = cron.description
      $0.zone = zone.wire
      $0.selection = selection.description
      $0.partition = partition.wire
      if let description { $0.description_p = cut(description) }
    }
  }
}

extension ScheduleSpec.Partition: WireMapped {
  package init(wire: Sluice_Location_V1_Schedule.Partition) throws(WireError) {
    switch wire {
    case .latest: self = .latest
    case .all: self = .all
    case .unspecified, .UNRECOGNIZED: throw unknownValue("", wire)
    }
  }

  package var wire: Sluice_Location_V1_Schedule.Partition {
    switch self {
    case .latest: .latest
    case .all: .all
    }
  }
}

/// How long a step or a check may take.
func readTimeout(_ field: String, _ microseconds: Int64) throws(WireError) -> Duration {
  let timeout = try readInterval(field, microseconds)
  guard timeout <= Limits.timeout else {
    throw WireError(.overLimit, field: field, "is longer than \(Limits.timeout) (timeout)")
  }
  return timeout
}

/// A span of time: longer than nothing.
func readInterval(_ field: String, _ microseconds: Int64) throws(WireError) -> Duration {
  guard microseconds > 0 else { throw WireError(.malformed, field: field, "is not above 0") }
  return .microseconds(microseconds)
}

/// A list of short names.
func readNames(_ field: String, _ names: [String]) throws(WireError) -> [String] {
  try checkLimit(field, names.count, Limits.metadataEntries, named: "metadataEntries")
  var result: [String] = []
  for (index, name) in names.enumerated() {
    do { result.append(try readName("", name)) } catch { throw error.within("\(field)[\(index)]") }
  }
  return result
}
