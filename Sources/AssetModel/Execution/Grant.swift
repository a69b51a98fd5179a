// SPDX-License-Identifier: Apache-2.0

/// What the control plane gives a step so that it may run: self-contained, and idempotent by attempt.
public struct Grant: Hashable, Sendable, Codable {
  public let attempt: AttemptID
  public let epoch: Epoch
  /// The manifest under which the gate was evaluated; a host with another refuses the grant (semantics 19).
  public let manifest: ManifestDigest
  /// The name of the step in the manifest.
  public let step: String
  public let partition: PartitionKey
  public let work: Work
  /// After this instant of the control plane's wall clock the attempt is fenced, checks included.
  public let deadline: Timestamp
  /// How long that is from when the grant is taken: a host goes by it, since clocks differ, and are set. Nil from a control plane that does
  /// not say it.
  public let timeLeft: Duration?
  /// The trace that the run was launched in, with the attempt's own span.
  public let trace: StepTrace?

  public init(
    attempt: AttemptID, epoch: Epoch, manifest: ManifestDigest, step: String, partition: PartitionKey, work: Work,
    deadline: Timestamp, timeLeft: Duration? = nil, trace: StepTrace? = nil
  ) {
    self.attempt = attempt
    self.epoch = epoch
    self.manifest = manifest
    self.step = step
    self.partition = partition
    self.work = work
    self.deadline = deadline
    self.timeLeft = timeLeft
    self.trace = trace
  }

  /// How long the attempt has, for a host that takes the grant at an instant of its wall clock.
  package func timeLeft(at now: Timestamp) -> Duration { max(.zero, timeLeft ?? deadline - now) }

  /// What the attempt is to do.
  public enum Work: Hashable, Sendable, Codable {
    /// Run the closure, stage its outputs, evaluate their checks.
    case materialize(inputs: [GrantedInput], outputs: [GrantedOutput])
    /// Evaluate checks on versions that exist; run no closure.
    case check([GrantedCheck])
  }
}

/// The versions of one upstream that a step is to read, pinned.
public struct GrantedInput: Hashable, Sendable, Codable {
  public let asset: AssetKey
  /// In partition order; one where the dependency maps to one partition.
  public let versions: [PinnedVersion]

  public init(asset: AssetKey, versions: [PinnedVersion]) {
    self.asset = asset
    self.versions = versions
  }
}

/// An immutable version and where its bytes are.
public struct PinnedVersion: Hashable, Sendable, Codable {
  public let version: VersionID
  public let locator: Locator

  public init(version: VersionID, locator: Locator) {
    self.version = version
    self.locator = locator
  }
}

/// A version that the attempt may stage, and the checks that decide about it.
public struct GrantedOutput: Hashable, Sendable, Codable {
  public let version: VersionID
  public let checks: [CheckIdentity]

  public init(version: VersionID, checks: [CheckIdentity]) {
    self.version = version
    self.checks = checks
  }
}

/// A version that exists, and the checks to evaluate on it.
public struct GrantedCheck: Hashable, Sendable, Codable {
  public let target: PinnedVersion
  public let checks: [CheckIdentity]

  public init(target: PinnedVersion, checks: [CheckIdentity]) {
    self.target = target
    self.checks = checks
  }
}

/// What is to become of a staged version, once its decision is durable (semantics 13). Idempotent; repeated until settled.
public struct Settlement: Hashable, Sendable, Codable {
  /// How a staged version ends.
  public enum Decision: String, Hashable, Sendable, Codable {
    case promote, reject, discard
  }

  public let version: VersionID
  public let decision: Decision
  /// Where the version was staged, where it got that far.
  public let locator: Locator?

  public init(version: VersionID, decision: Decision, locator: Locator?) {
    self.version = version
    self.decision = decision
    self.locator = locator
  }
}
