// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// A code location's server: slots, attempts that follow scripts, a disk, and what it has said.
struct SimulatedHost {
  struct Running {
    let grant: GrantRecord
    let script: AttemptScript
    var isCancelled = false
  }

  let name: LocationName
  let incarnation: Incarnation
  var deployment: Deployment
  var slots: Int
  private(set) var disk = Disk()
  var outbox = Outbox()
  private(set) var instance = 1
  private(set) var isUp = true
  private(set) var isDraining = false
  var epochSeen: Epoch = 0
  private(set) var attempts: [AttemptID: Running] = [:]
  /// Attempts that this instance has finished.
  private var finished: Set<AttemptID> = []
  /// Versions that it was told to discard; what a fenced closure stages later is refused.
  private var discarded: Set<VersionID> = []
  /// What attempts really did, whichever instance they ran on: for the oracle alone.
  private(set) var deeds = Deeds()

  init(name: LocationName, incarnation: Incarnation, deployment: Deployment) {
    self.name = name
    self.incarnation = incarnation
    self.deployment = deployment
    slots = deployment.slots
  }

  var instanceName: String { "\(name)#\(instance)" }

  // MARK: Life

  mutating func crash() {
    isUp = false
    instance += 1
    isDraining = false
    attempts = [:]
    finished = []
    discarded = []
    outbox = Outbox()
  }

  mutating func start() {
    isUp = true
    slots = deployment.slots
    epochSeen = 0
  }

  mutating func drain() { isDraining = true }

  mutating func undelete() -> Bool { disk.undelete() }

  /// Leaves on the disk what another control plane's attempt had staged: nobody here may touch it.
  mutating func keep(foreign version: VersionID) { disk.stage(version) }

  /// What it is and knows, for a session without a past.
  mutating func openingStatus() -> HostStatus {
    let reports = Dictionary(grouping: outbox.reopen(), by: \.attempt)
    let known = Set(attempts.keys).union(reports.keys).sorted()
    return HostStatus(
      instance: instanceName, manifest: deployment.digest, slots: slots,
      attempts: known.map { KnownAttempt(attempt: $0, reports: reports[$0] ?? []) }, unsettled: disk.staged,
      isDraining: isDraining)
  }

  var resumingStatus: HostStatus {
    HostStatus(instance: instanceName, manifest: deployment.digest, slots: slots, isDraining: isDraining)
  }

  // MARK: Grants

  func version(_ output: GrantedVersion, of grant: GrantRecord) -> VersionID {
    VersionID(incarnation: incarnation, asset: output.asset, partition: grant.partition, number: output.number)
  }

  /// Why it does not take a grant; nil when it does, or knows the attempt already.
  func refusal(of grant: GrantRecord, epoch: Epoch) -> StepEnd.Refusal? {
    if epoch < epochSeen { return .staleEpoch }
    if grant.manifest != deployment.digest { return .staleManifest }
    if isDraining { return .draining }
    return attempts.count >= slots ? .overloaded : nil
  }

  func knows(_ attempt: AttemptID) -> Bool { attempts[attempt] != nil || finished.contains(attempt) }

  mutating func begin(_ attempt: AttemptID, _ grant: GrantRecord, _ script: AttemptScript) {
    attempts[attempt] = Running(grant: grant, script: script)
  }

  mutating func cancel(_ attempt: AttemptID) -> Bool {
    guard let running = attempts[attempt], !running.isCancelled, !running.script.ignoresCancellation else { return false }
    attempts[attempt]?.isCancelled = true
    return true
  }

  /// Stages every output; false where one was told to be discarded, or is there already.
  mutating func stage(_ attempt: AttemptID, _ grant: GrantRecord) -> Bool {
    let versions = grant.outputs.filter { !isInline($0.asset) }.map { version($0, of: grant) }
    guard versions.allSatisfy({ disk.versions[$0] == nil && !discarded.contains($0) }) else { return false }
    for version in versions { disk.stage(version) }
    deeds.staged.insert(attempt)
    return true
  }

  /// Whether versions of an asset lie in their locators.
  func isInline(_ asset: AssetKey) -> Bool {
    deployment.manifest.steps.contains { step in
      step.outputs.contains { $0.key == asset && $0.output.scheme == Locator.inlineScheme }
    }
  }

  mutating func evaluated(_ attempt: AttemptID, _ asset: AssetKey, _ evaluations: [CheckEvaluation]) {
    for evaluation in evaluations {
      deeds.evaluated[attempt, default: [:]][asset, default: [:]][evaluation.check, default: []].append(evaluation.outcome)
    }
  }

  mutating func started(_ attempt: AttemptID) { deeds.started.insert(attempt) }

  mutating func refuse(_ attempt: AttemptID, _ refusal: StepEnd.Refusal) {
    deeds.ends[attempt, default: []].insert(.refused(refusal))
  }

  /// - Parameter end: what it says; nil where it dies without a word.
  mutating func finish(_ attempt: AttemptID, _ end: StepEnd?) {
    attempts[attempt] = nil
    finished.insert(attempt)
    if let end { deeds.ends[attempt, default: []].insert(end) }
  }

  mutating func settle(_ version: VersionID, _ decision: Settlement.Decision) throws(Violation) {
    try disk.settle(version, decision)
    if decision == .discard { discarded.insert(version) }
  }
}

/// What attempts really did.
struct Deeds {
  var started: Set<AttemptID> = []
  var staged: Set<AttemptID> = []
  /// More than one where a copy of a grant came after the first was refused.
  var ends: [AttemptID: Set<StepEnd>] = [:]
  /// Every outcome that was said, in order: a host that lies says several.
  var evaluated: [AttemptID: [AssetKey: [CheckIdentity: [CheckOutcome]]]] = [:]
}
