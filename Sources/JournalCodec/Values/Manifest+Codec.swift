// SPDX-License-Identifier: Apache-2.0

import AssetModel
import SwiftProtobuf

extension PBStoredManifest {
  init(_ manifest: Manifest) {
    self.init()
    location = manifest.location.description
    if let text = manifest.version { version = text }
    steps = manifest.steps.map { PBStep($0) }
    schedules = manifest.schedules.map { PBSchedule($0) }
  }

  func manifest() throws -> Manifest {
    Manifest(
      location: try LocationName(location), version: hasVersion ? version : nil, steps: try steps.map { try $0.spec() },
      schedules: try schedules.compactMap { try $0.spec() })
  }
}

extension PBStep {
  fileprivate init(_ spec: StepSpec) {
    self.init()
    name = spec.name
    partitions = PBPartitionSpace(spec.partitions)
    dependencies = spec.dependencies.map { PBDependency($0) }
    outputs = spec.outputs.map { PBAsset($0) }
    retry = PBRetryPolicy(spec.retry)
    timeout = PBSpan(spec.timeout)
    if let text = spec.codeVersion { codeVersion = text }
  }

  fileprivate func spec() throws -> StepSpec {
    StepSpec(
      name: name, partitions: try partitions.value(), dependencies: try dependencies.map { try $0.spec() },
      outputs: try outputs.map { try $0.spec() }, retry: retry.policy, timeout: timeout.duration,
      codeVersion: hasCodeVersion ? codeVersion : nil)
  }
}

extension PBDependency {
  fileprivate init(_ spec: DependencySpec) {
    self.init()
    upstream = spec.upstream.description
    mapping = Mapping(spec.mapping)
    binding = .init(spec.binding)
    partitions = PBPartitionSpace(spec.partitions)
    loadableSchemes = spec.loadableSchemes
  }

  fileprivate func spec() throws -> DependencySpec {
    DependencySpec(
      upstream: try AssetKey(upstream), mapping: try mapping.mapping(), binding: try binding.policy(),
      partitions: try partitions.value(), loadableSchemes: loadableSchemes)
  }
}

extension PBAsset {
  fileprivate init(_ spec: AssetSpec) {
    self.init()
    key = spec.key.description
    if let text = spec.description { description_p = text }
    group = spec.group
    tags = spec.tags.sorted { $0.key < $1.key }.map { name, value in
      Tag.with { ($0.name, $0.value) = (name, value) }
    }
    kinds = spec.kinds
    owners = spec.owners
    sharedWith = spec.sharedWith.map(\.description)
    scheme = spec.output.scheme
    format = spec.output.format
    isProcessLocal = spec.output.isProcessLocal
    checks = spec.checks.map { PBCheck($0) }
  }

  fileprivate func spec() throws -> AssetSpec {
    AssetSpec(
      key: try AssetKey(key), description: hasDescription_p ? description_p : nil, group: group,
      tags: Dictionary(tags.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }), kinds: kinds, owners: owners,
      sharedWith: try sharedWith.map { try LocationName($0) },
      output: OutputSpec(scheme: scheme, format: format, isProcessLocal: isProcessLocal),
      checks: try checks.map { try $0.spec() })
  }
}

extension PBCheck {
  fileprivate init(_ spec: CheckSpec) {
    self.init()
    name = spec.name
    if let text = spec.version { version = text }
    severity = PBSeverity(spec.severity)
    if let text = spec.description { description_p = text }
    retry = PBRetryPolicy(spec.retry)
    timeout = PBSpan(spec.timeout)
  }

  fileprivate func spec() throws -> CheckSpec {
    CheckSpec(
      name: name, version: hasVersion ? version : nil, severity: try severity.severity(),
      description: hasDescription_p ? description_p : nil, retry: retry.policy, timeout: timeout.duration)
  }
}

extension PBRetryPolicy {
  fileprivate init(_ policy: RetryPolicy) {
    self.init()
    maxAttempts = Int64(policy.maxAttempts)
    delay = PBSpan(policy.delay)
    backoff = policy.backoff
    maxDelay = PBSpan(policy.maxDelay)
    jitter = policy.jitter
  }

  fileprivate var policy: RetryPolicy {
    RetryPolicy(
      maxAttempts: Int(maxAttempts), delay: delay.duration, backoff: backoff, maxDelay: maxDelay.duration, jitter: jitter)
  }
}

extension PBSpan {
  fileprivate init(_ duration: Duration) {
    self.init()
    (seconds, attoseconds) = duration.components
  }

  fileprivate var duration: Duration { Duration(secondsComponent: seconds, attosecondsComponent: attoseconds) }
}

extension PBSchedule {
  fileprivate init(_ spec: ScheduleSpec) {
    self.init()
    name = spec.name
    cron = spec.cron.description
    zone = spec.zone.description
    selection = spec.selection.description
    partition = Partition(spec.partition)
    if let text = spec.description { description_p = text }
  }

  /// Nil for one that an earlier release took and this one refuses: it no longer fires, and its location's next description says why.
  fileprivate func spec() throws -> ScheduleSpec? {
    let partition = try partition.partition()
    let parts: (cron: CronExpression, zone: Zone, selection: Selection)
    do throws(ModelError) {
      parts = (try CronExpression(cron), try Zone(zone), try Selection(selection))
    } catch { return nil }
    return ScheduleSpec(
      name: name, cron: parts.cron, zone: parts.zone, selection: parts.selection, partition: partition,
      description: hasDescription_p ? description_p : nil)
  }
}
