// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Judges a journal, event by event, by the rules as they are written; it shares no code with the gate or the graph.
///
/// Manifests are taken from what was really deployed, and reports from what hosts really did, so that a core that hides either
/// is found out.
struct Oracle {
  let incarnation: Incarnation
  /// What every digest stands for.
  let deployed: [ManifestDigest: Manifest]
  private(set) var at = Timestamp(microseconds: 0)
  /// How far journal time is ahead of the wall clock and of running time.
  private var ahead: (wall: Duration, running: Duration) = (.zero, .zero)
  var workspace = WorkspaceDefinition.empty
  var manifests: [LocationName: Manifest] = [:]
  var digests: [LocationName: ManifestDigest] = [:]
  var declared = Declared()
  /// The partitions that each asset declared last; an asset's removal leaves them.
  var spaces: [AssetKey: PartitionSpace] = [:]
  var sessions: [LocationName: SessionFacts] = [:]
  var slotsUsed: [LocationName: Int] = [:]
  var partitions: [AssetPartition: PartitionFacts] = [:]
  var versions: [VersionRef: VersionFacts] = [:]
  var attempts: [AttemptID: AttemptFacts] = [:]
  var runs: [RunID: RunFacts] = [:]
  var unfinished: Set<RunID> = []
  var unsettled: Set<VersionRef> = []
  var keys: [String: RunID] = [:]
  var cursors: [ScheduleID: Timestamp] = [:]
  /// Every tick that has happened.
  var ticked: [ScheduleID: Set<Timestamp>] = [:]
  var paused: Set<ScheduleID> = []
  /// What is known of partitions that are not declared, by what their keys mean.
  var shelf: [AssetKey: [Meaning: [PartitionKey: PartitionFacts]]] = [:]
  var expectedRun: (RunID, ScheduleID, Timestamp)?

  init(incarnation: Incarnation, deployed: [ManifestDigest: Manifest]) {
    self.incarnation = incarnation
    self.deployed = deployed
  }

  /// Takes in one durable event.
  mutating func observe(_ stamped: StampedEvent, _ hosts: [LocationName: SimulatedHost]) throws(Violation) {
    guard stamped.at >= at else { throw Violation(.timeNeverGoesBack, "\(stamped.at) after \(at)") }
    at = stamped.at
    if let expected = expectedRun {
      expectedRun = nil
      guard case .runLaunched(let plan) = stamped.event, plan.id == expected.0,
        plan.origin == .schedule(expected.1, tick: expected.2)
      else { throw Violation(.ticksOnce, "the tick \(expected.2) of \(expected.1) is not followed by its run") }
    }
    switch stamped.event {
    case .reignBegan: sessions = [:]
    case .clockRead(let reading): read(reading)
    case .workspaceLoaded(let definition): load(definition)
    case .manifestAccepted(let location, let digest, _): accept(digest, of: location)
    case .sessionOpened(let location, _, let manifest, let slots, let isDraining):
      sessions[location] = SessionFacts(manifest: manifest, slots: slots, isDraining: isDraining)
    case .sessionClosed(let location, _): sessions[location] = nil
    case .capacityChanged(let location, let slots): sessions[location]?.slots = slots
    case .drainingBegan(let location): sessions[location]?.isDraining = true
    case .runLaunched(let plan): try launch(plan)
    case .runCancelRequested(let run): runs[run]?.cancelRequested = true
    case .runFinished(let run, let outcome): try finish(run, outcome)
    case .scheduleTicked(let id, let tick, let skipped, let run, _): try observe(tick: tick, of: id, skipped: skipped, run)
    case .schedulePaused(let id): paused.insert(id)
    case .scheduleResumed(let id):
      paused.remove(id)
      cursors[id] = wall
    case .settled(let version): unsettled.remove(version)
    case .manifestRefused, .logged, .reportIgnored: break
    default: try observe(ofStep: stamped.event, hosts)
    }
  }

  private mutating func observe(
    ofStep event: Event, _ hosts: [LocationName: SimulatedHost]
  ) throws(Violation) {
    switch event {
    case .stepGranted(let grant): try observe(grant)
    case .stepStarted(let step, let attempt): try observe(started: step, attempt, hosts)
    case .staged(let step, let attempt, let outputs): try observe(staged: outputs, step, attempt, hosts)
    case .checked(let step, let attempt, let version, let evaluations):
      try observe(evaluations, on: version, step, attempt, hosts)
    case .promoted(let version, let step, let attempt, let passed, _): try promote(version, step, attempt, passed)
    case .rejected(let version, let step, let attempt, let by, _): try reject(version, step, attempt, by)
    case .discarded(let version, let step, let attempt): try discard(version, step, attempt)
    case .attemptEnded(let step, let attempt, let end, let returnsSlot):
      try observe(end: end, step, attempt, hosts)
      try self.end(step, attempt, returnsSlot)
    case .slotReturned(let step, let attempt): try returnSlot(step, attempt)
    case .retryScheduled(let step, let notBefore): try observe(retry: step, notBefore)
    case .stepFinished(let step, let outcome): try finish(step, outcome)
    default: break
    }
  }

  // MARK: Time

  /// The wall clock and running time at the last event.
  var wall: Timestamp { at + (.zero - ahead.wall) }
  var running: Timestamp { at + (.zero - ahead.running) }

  /// Schedules go on from a clock that was set back.
  private mutating func read(_ reading: ClockReading) {
    ahead = (at - reading.wall, at - reading.running)
    cursors = cursors.mapValues { min($0, reading.wall) }
  }

  // MARK: Definitions

  private mutating func load(_ definition: WorkspaceDefinition) {
    workspace = definition
    let names = Set(definition.locations.map(\.name))
    for name in manifests.keys where !names.contains(name) { declare([], at: name) }
    manifests = manifests.filter { names.contains($0.key) }
    digests = digests.filter { names.contains($0.key) }
    redeclare()
  }

  private mutating func accept(_ digest: ManifestDigest, of location: LocationName) {
    declare(deployed[digest]?.schedules ?? [], at: location)
    manifests[location] = deployed[digest]
    digests[location] = digest
    redeclare()
  }

  /// A schedule that is taken out is forgotten, and one that is to tick at other times counts from now.
  private mutating func declare(_ schedules: [ScheduleSpec], at location: LocationName) {
    for old in manifests[location]?.schedules ?? [] {
      let id = ScheduleID(location: location, name: old.name)
      let new = schedules.first { $0.name == old.name }
      if new == nil { paused.remove(id) }
      guard new?.cron != old.cron || new?.zone != old.zone else { continue }
      cursors[id] = new == nil ? nil : wall
      ticked[id] = nil
    }
  }

  private mutating func redeclare() {
    declared = Declared(workspace, manifests)
    for (key, asset) in declared.assets where spaces[key] != asset.step.partitions { redeclare(key, asset.step.partitions) }
    for (location, manifest) in manifests {
      for schedule in manifest.schedules {
        let id = ScheduleID(location: location, name: schedule.name)
        if cursors[id] == nil { cursors[id] = wall }
      }
    }
  }

  /// What was promoted under a key is found again once the key means the same again.
  private mutating func redeclare(_ key: AssetKey, _ space: PartitionSpace) {
    if let before = spaces[key] {
      for (target, facts) in partitions where target.asset == key && facts.newest > 0 {
        shelf[key, default: [:]][Meaning(before), default: [:]][target.partition] = facts
        partitions[target]?.newest = 0
        partitions[target]?.promoted = 0
      }
    }
    spaces[key] = space
    for (partition, facts) in shelf[key]?[Meaning(space)] ?? [:] where space.index(of: partition) != nil {
      shelf[key]?[Meaning(space)]?[partition] = nil
      let target = AssetPartition(key, partition)
      partitions[target, default: PartitionFacts()].newest = facts.newest
      partitions[target]?.promoted = facts.promoted
    }
  }

  func attemptID(_ step: StepID, _ number: Int) -> AttemptID {
    AttemptID(incarnation: incarnation, step: step, number: number)
  }

  func facts(_ target: AssetPartition) -> PartitionFacts { partitions[target] ?? PartitionFacts() }

  /// The attempt, when it is the step's one in flight; whatever a fenced one brings about is a second commit in the making.
  func inFlight(_ step: StepID, _ number: Int, _ what: String) throws(Violation) -> AttemptFacts {
    let id = attemptID(step, number)
    guard let facts = attempts[id], !facts.isOver, runs[step.run]?.inFlight[step.ordinal] == id else {
      throw Violation(.exactlyOneCommit, "\(what) by \(id), which is not in flight")
    }
    return facts
  }
}

/// What a partition key means: a day of one zone is none of another.
enum Meaning: Hashable {
  case only, key
  case day(Zone)
  case hour(Zone)

  init(_ space: PartitionSpace) {
    switch space {
    case .single: self = .only
    case .keys: self = .key
    case .daily(let windows): self = .day(windows.zone)
    case .hourly(let windows): self = .hour(windows.zone)
    }
  }
}
