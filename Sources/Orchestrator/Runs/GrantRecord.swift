// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// The journal's record of a grant: everything that was decided, and nothing that the shell can look up (locators).
public struct GrantRecord: Hashable, Sendable {
  public let step: StepID
  /// The attempt's number within its step, 1 for the first.
  public let attempt: Int
  public let location: LocationName
  public let manifest: ManifestDigest
  /// The step's name in that manifest.
  public let stepName: String
  public let partition: PartitionKey
  /// In running time; see ``ClockReading``.
  public let deadline: Timestamp
  public let kind: RunKind
  /// The versions that it reads, in the order of the dependencies; empty for a check-only step.
  public let inputs: [BoundInput]
  /// The versions that it may make; for a check-only step those that exist.
  public let outputs: [GrantedVersion]

  public init(
    step: StepID, attempt: Int, location: LocationName, manifest: ManifestDigest, stepName: String, partition: PartitionKey,
    deadline: Timestamp, kind: RunKind, inputs: [BoundInput], outputs: [GrantedVersion]
  ) {
    self.step = step
    self.attempt = attempt
    self.location = location
    self.manifest = manifest
    self.stepName = stepName
    self.partition = partition
    self.deadline = deadline
    self.kind = kind
    self.inputs = inputs
    self.outputs = outputs
  }
}

extension GrantRecord {
  /// What an output of a grant weighs as much as, in checks: when its attempt ends it makes an event, an effect and a row.
  static let loadPerOutput = 4

  /// How many versions that it reads weigh as much as a check: they are kept and sent, and nothing more.
  static let inputsPerLoad = 32

  /// How much there is to keep, to send and to end of it: its outputs and their checks, and what it reads.
  var load: Int { outputs.reduce(inputCount / Self.inputsPerLoad) { $0 + Self.loadPerOutput + $1.checks.count } }

  /// How many versions it reads.
  var inputCount: Int { inputs.reduce(0) { $0 + $1.versions.count } }
}

extension [BoundInput] {
  /// What a version that is read takes in a grant beside its names: its number, its store, and the shortest locator.
  static let bytesPerVersion = 192

  /// About how many bytes they take at least, with their locators; counted no further than a bound.
  func leastBytes(upTo bound: Int) -> Int {
    var bytes = 0
    for input in self {
      let each = Self.bytesPerVersion + input.asset.description.utf8.count
      for version in input.versions where bytes <= bound { bytes += each + version.partition.description.utf8.count }
    }
    return bytes
  }
}

/// What one dependency of a step is bound to.
public struct BoundInput: Hashable, Sendable {
  public let asset: AssetKey
  public let binding: BindingPolicy
  /// In partition order.
  public let versions: [BoundVersion]

  public init(asset: AssetKey, binding: BindingPolicy, versions: [BoundVersion]) {
    self.asset = asset
    self.binding = binding
    self.versions = versions
  }
}

/// A partition and the version of it that a step reads.
public struct BoundVersion: Hashable, Sendable {
  public let partition: PartitionKey
  public let number: VersionNumber

  public init(partition: PartitionKey, number: VersionNumber) {
    self.partition = partition
    self.number = number
  }
}

/// A version that an attempt may make or check, with the checks that decide about it.
public struct GrantedVersion: Hashable, Sendable {
  public let asset: AssetKey
  public let number: VersionNumber
  public let checks: [GrantedCheckSpec]

  public init(asset: AssetKey, number: VersionNumber, checks: [GrantedCheckSpec]) {
    self.asset = asset
    self.number = number
    self.checks = checks
  }
}

/// A check and what its failure did when the grant was given; what a host says about severity is not asked.
public struct GrantedCheckSpec: Hashable, Sendable {
  public let check: CheckIdentity
  public let severity: CheckSeverity

  public init(check: CheckIdentity, severity: CheckSeverity) {
    self.check = check
    self.severity = severity
  }
}
