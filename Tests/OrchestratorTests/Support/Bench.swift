// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// A core on a bench: commands go in one by one, and every event and effect is kept.
struct Bench {
  static let incarnation = Incarnation(7)

  var core: Core
  var now = Timestamp(seconds: 1_767_225_600)  // 2026-01-01T00:00:00Z
  /// How far the wall clock is off; nil as long as nobody has set it.
  var skew: Duration?
  private(set) var journal: [StampedEvent] = []
  private(set) var effects: [Effect] = []
  private var manifests: [LocationName: (digest: ManifestDigest, revision: Int)] = [:]
  private var definitions: [LocationDefinition] = []

  init(policy: CorePolicy = CorePolicy()) {
    core = Core(State(incarnation: Self.incarnation), policy: policy)
    send(.begin(1))
  }

  var state: State { core.state }
  var events: [Event] { journal.map(\.event) }

  @discardableResult
  mutating func send(_ command: Command) -> Decision {
    let decision = decide(command)
    journal += decision.events
    effects += decision.effects
    finish()
    return decision
  }

  private mutating func decide(_ command: Command) -> Decision {
    guard let skew else { return core.decide(command, at: now) }
    return core.decide(command, at: ClockReading(wall: now + skew, running: now))
  }

  /// Has done at once what one decision had no time for, as the engine does.
  private mutating func finish() {
    while core.hasMore {
      let decision = decide(.tick)
      journal += decision.events
      effects += decision.effects
    }
  }

  /// Lets time pass and decides what is due then.
  mutating func pass(_ duration: Duration) {
    now = now + duration
    send(.tick)
  }

  // MARK: Locations

  /// Adds a location with its session, or gives it other steps and a new session.
  mutating func deploy(
    _ name: LocationName, _ steps: [StepSpec], schedules: [ScheduleSpec] = [], slots: Int = 10, owns: [OwnershipPattern] = []
  ) {
    let revision = (manifests[name]?.revision ?? 0) + 1
    let digest = ManifestDigest("\(name)-\(revision)")
    manifests[name] = (digest, revision)
    if !definitions.contains(where: { $0.name == name }) {
      definitions.append(LocationDefinition(name: name, owns: owns))
      send(.loadWorkspace(WorkspaceDefinition(locations: definitions)))
    }
    send(.manifestReceived(name, digest, Manifest(location: name, steps: steps, schedules: schedules)))
    connect(name, slots: slots, attempts: runningAttempts(at: name))
  }

  /// Takes a location out of the workspace.
  mutating func remove(_ name: LocationName) {
    definitions.removeAll { $0.name == name }
    send(.loadWorkspace(WorkspaceDefinition(locations: definitions)))
  }

  mutating func connect(
    _ name: LocationName, instance: String = "first", slots: Int = 10, attempts: [KnownAttempt] = [],
    unsettled: [VersionID] = []
  ) {
    let digest = manifests[name]?.digest ?? ManifestDigest("none")
    send(
      .sessionOpened(
        name, HostStatus(instance: instance, manifest: digest, slots: slots, attempts: attempts, unsettled: unsettled)))
  }

  func digest(of name: LocationName) -> ManifestDigest? { manifests[name]?.digest }

  private func runningAttempts(at name: LocationName) -> [KnownAttempt] {
    grants.filter { $0.location == name && isInFlight($0) }.map { KnownAttempt(attempt: id(of: $0), reports: []) }
  }

  func isInFlight(_ grant: GrantRecord) -> Bool { state.isInFlight(grant.step, grant.attempt) }

  // MARK: Runs

  mutating func launch(
    _ selection: String, _ partitions: LaunchRequest.Partitions = .unspecified, kind: RunKind = .materialize, key: String? = nil
  ) throws -> RunID {
    let request = LaunchRequest(try Selection(selection), partitions: partitions, kind: kind, clientKey: key)
    switch send(.launch(request)).reply {
    case .launched(let receipt): return receipt.run
    case .refused(let error): throw error
    case .done, .taken: throw CommandError(.notFound, "a launch came to nothing")
    }
  }

  /// Every grant so far, oldest first.
  var grants: [GrantRecord] {
    events.compactMap { if case .stepGranted(let grant) = $0 { grant } else { nil } }
  }

  /// The latest grant for an asset's partition.
  func grant(_ asset: AssetKey, _ partition: PartitionKey = .only, at place: SourceLocation = #_sourceLocation) throws
    -> GrantRecord
  {
    let found = grants.last { $0.partition == partition && $0.outputs.contains { $0.asset == asset } }
    return try #require(found, "\(asset) was not granted", sourceLocation: place)
  }

  func isGranted(_ asset: AssetKey, _ partition: PartitionKey = .only) -> Bool {
    grants.contains { $0.partition == partition && $0.outputs.contains { $0.asset == asset } }
  }

  func phase(_ run: RunID, _ ordinal: Int = 0) -> StepPhase? {
    let phases = state.phases(of: run)
    if phases.indices.contains(ordinal) { return phases[ordinal] }
    return outcome(StepID(run: run, ordinal: ordinal)).map { StepPhase($0.kind) }
  }

  func outcome(_ step: StepID) -> StepOutcome? {
    events.lazy.compactMap { if case .stepFinished(step, let outcome) = $0 { outcome } else { nil } }.last
  }

  func outcome(_ run: RunID, _ ordinal: Int = 0) -> StepOutcome? { outcome(StepID(run: run, ordinal: ordinal)) }

  func end(of run: RunID) -> RunOutcome? {
    events.lazy.compactMap { if case .runFinished(run, let outcome) = $0 { outcome } else { nil } }.last
  }

  func reasons(_ run: RunID, _ ordinal: Int = 0) -> [GateReason]? {
    if case .blocked(let reasons) = outcome(run, ordinal) { reasons } else { nil }
  }

  // MARK: Hosts

  func id(of grant: GrantRecord) -> AttemptID {
    AttemptID(incarnation: Self.incarnation, step: grant.step, number: grant.attempt)
  }

  func version(_ grant: GrantRecord, _ index: Int = 0) -> VersionID {
    let output = grant.outputs[index]
    return VersionID(
      incarnation: Self.incarnation, asset: output.asset, partition: grant.partition, number: output.number)
  }

  mutating func report(_ grant: GrantRecord, _ report: (AttemptID) -> StepReport) {
    send(.reports(grant.location, [report(id(of: grant))]))
  }

  mutating func stage(_ grant: GrantRecord) {
    report(grant) { .started($0) }
    report(grant) { .staged($0, grant.outputs.map { .at($0.asset) }) }
  }

  mutating func check(
    _ grant: GrantRecord, failing: Set<String> = [], unknown: Set<String> = [], as outcome: CheckOutcome = .failed
  ) {
    for output in grant.outputs where !output.checks.isEmpty {
      let evaluations = output.checks.filter { !unknown.contains($0.check.name) }.map {
        CheckEvaluation(
          check: $0.check, severity: $0.severity, outcome: failing.contains($0.check.name) ? outcome : .passed)
      }
      report(grant) { .checked($0, asset: output.asset, evaluations) }
    }
  }

  /// Carries a grant to its end; the named checks do not pass, or are unknown to the host.
  mutating func complete(
    _ grant: GrantRecord, failing: Set<String> = [], unknown: Set<String> = [], as outcome: CheckOutcome = .failed
  ) {
    if grant.kind == .materialize { stage(grant) } else { report(grant) { .started($0) } }
    check(grant, failing: failing, unknown: unknown, as: outcome)
    report(grant) { .finished($0, .completed) }
  }

  mutating func complete(_ asset: AssetKey, _ partition: PartitionKey = .only, failing: Set<String> = []) throws {
    complete(try grant(asset, partition), failing: failing)
  }

  mutating func fail(_ grant: GrantRecord, _ message: String = "thrown", isRetryable: Bool = true) {
    report(grant) { .finished($0, .failed(StepFailure(kind: .threw, message: message, isRetryable: isRetryable))) }
  }

  /// Launches one asset and carries it to its end.
  mutating func materialize(_ asset: AssetKey, _ partition: PartitionKey = .only, failing: Set<String> = []) throws {
    _ = try launch(asset.description, partition == .only ? .unspecified : .text(partition.description))
    try complete(asset, partition, failing: failing)
  }

  // MARK: The gate

  func gate(_ asset: AssetKey, _ partition: PartitionKey = .only) -> GateExplanation {
    state.explainGate(of: AssetPartition(asset, partition), at: now)
  }

  /// What another life of the daemon would make of the journal.
  func replayed() -> State {
    var state = State(incarnation: Self.incarnation)
    for event in journal { state.evolve(event) }
    return state
  }

  /// Kills the daemon and starts it again; every session is gone.
  mutating func restart() {
    core = Core(replayed(), policy: core.policy)
    send(.begin(state.epoch + 1))
  }
}
