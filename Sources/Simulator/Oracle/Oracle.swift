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
  var paused: Set<ScheduleID> = []
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
      cursors[id] = at
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
    case .retryScheduled(let step, let notBefore): runs[step.run]?.notBefore[step.ordinal] = notBefore
    case .stepFinished(let step, let outcome): try finish(step, outcome)
    default: break
    }
  }

  // MARK: Definitions

  private mutating func load(_ definition: WorkspaceDefinition) {
    workspace = definition
    let names = Set(definition.locations.map(\.name))
    manifests = manifests.filter { names.contains($0.key) }
    digests = digests.filter { names.contains($0.key) }
    redeclare()
  }

  private mutating func accept(_ digest: ManifestDigest, of location: LocationName) {
    manifests[location] = deployed[digest]
    digests[location] = digest
    redeclare()
  }

  /// A partition that a definition drops is forgotten, apart from its numbers and what consumers read.
  private mutating func redeclare() {
    declared = Declared(workspace, manifests)
    for (key, asset) in declared.assets { spaces[key] = asset.step.partitions }
    for target in partitions.keys where spaces[target.asset]?.index(of: target.partition) == nil {
      partitions[target]?.newest = 0
      partitions[target]?.promoted = 0
    }
    for (location, manifest) in manifests {
      for schedule in manifest.schedules {
        let id = ScheduleID(location: location, name: schedule.name)
        if cursors[id] == nil { cursors[id] = at }
      }
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
