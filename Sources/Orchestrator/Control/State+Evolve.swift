// SPDX-License-Identifier: Apache-2.0

import AssetModel

extension State {
  /// Folds one event into the state; total, and without any policy: what cannot be, changes nothing.
  public mutating func evolve(_ stamped: StampedEvent) {
    now = max(now, stamped.at)
    switch stamped.event {
    case .reignBegan(let epoch): beginReign(epoch)
    case .clockRead(let reading): read(reading)
    case .workspaceLoaded(let definition): load(definition)
    case .manifestAccepted(let location, let digest, let manifest): accept(manifest, digest, of: location)
    case .manifestRefused(let location, let reason): locations[location]?.refusal = reason
    case .sessionOpened(let location, let instance, let manifest, let slots, let isDraining):
      let session = SessionState(instance: instance, manifest: manifest, slots: slots, isDraining: isDraining)
      changeSession(of: location) { $0 = session }
    case .sessionClosed(let location, _): changeSession(of: location) { $0 = nil }
    case .capacityChanged(let location, let slots): changeSession(of: location) { $0?.slots = slots }
    case .drainingBegan(let location): changeSession(of: location) { $0?.isDraining = true }
    case .runLaunched(let plan): begin(plan)
    case .runCancelRequested(let run): runs[run]?.cancelRequested = true
    case .runFinished(let run, _): end(run)
    case .logged, .reportIgnored: break
    case .settled(let version): forgetSettlement(of: version)
    case .scheduleTicked(let id, let tick, let skipped, _, _): schedules[id]?.tick(at: tick, skipped: skipped)
    case .schedulePaused(let id): schedules[id]?.isPaused = true
    case .scheduleResumed(let id):
      let wall = wall
      schedules[id, default: ScheduleState(cursor: wall)].count(from: wall)
      schedules[id]?.isPaused = false
    default: evolveStep(stamped.event)
    }
  }

  // MARK: Reign, workspace, sessions

  private mutating func beginReign(_ epoch: Epoch) {
    self.epoch = epoch
    for name in locations.keys { changeSession(of: name) { $0 = nil } }
  }

  /// The schedules of a wall clock that was set back go on from there, and do not wait until it is as late again.
  private mutating func read(_ reading: ClockReading) {
    let isSetBack = reading.wall < wall
    clock = ClockOffsets(of: reading, at: now)
    guard isSetBack else { return }
    for (id, schedule) in schedules where schedule.cursor > reading.wall { schedules[id]?.setBack(to: reading.wall) }
  }

  private mutating func load(_ definition: WorkspaceDefinition) {
    let since = running
    workspace = definition
    for name in locations.keys {
      locations[name]?.definition = nil
    }
    for location in definition.locations { locations[location.name, default: LocationState()].definition = location }
    for name in locations.keys {
      if locations[name]?.definition != nil {
        locations[name]?.removedSince = nil
      } else {
        if locations[name]?.removedSince == nil { locations[name]?.removedSince = since }
        declare([], at: name)
        locations[name]?.manifest = nil
        locations[name]?.manifestContent = nil
        locations[name]?.refusal = nil
      }
      changeSession(of: name) { _ in }
    }
    rebuildGraph()
  }

  private mutating func accept(_ manifest: Manifest, _ digest: ManifestDigest, of location: LocationName) {
    declare(manifest.schedules, at: location)
    locations[location, default: LocationState()].manifest = digest
    locations[location]?.manifestContent = manifest
    locations[location]?.refusal = nil
    changeSession(of: location) { _ in }
    rebuildGraph()
  }

  /// Where a schedule is lives and dies with its declaration: one that is taken out and comes back is a new one, and one that is to tick at
  /// other times counts from here (semantics 21).
  private mutating func declare(_ specs: [ScheduleSpec], at location: LocationName) {
    let declared = Dictionary(specs.map { ($0.name, $0) }) { first, _ in first }
    for before in locations[location]?.manifestContent?.schedules ?? [] {
      let id = ScheduleID(location: location, name: before.name)
      guard let spec = declared[before.name] else {
        schedules[id] = nil
        continue
      }
      guard (spec.cron, spec.zone) != (before.cron, before.zone), let schedule = schedules[id] else { continue }
      schedules[id] = ScheduleState(cursor: wall, isPaused: schedule.isPaused)
    }
  }

  private mutating func rebuildGraph() {
    let changed: [Adoption]
    if let prepared, prepared.fits(self) {
      graph = prepared.graph
      changed = prepared.adopted
    } else {
      graph = GraphBuilder.build(workspace: workspace, manifests: locations.compactMapValues(\.manifestContent))
      changed = adopted(by: graph)
    }
    // The loop waits for this: one look-up an asset, and room for all of them at once.
    ledgers.reserveCapacity(ledgers.count + changed.count)
    for adoption in changed { adopt(adoption) }
    for id in graph.schedules.keys where schedules[id] == nil { schedules[id] = ScheduleState(cursor: wall) }
  }

  mutating func adopt(_ adoption: Adoption) {
    func adopt(_ ledger: inout PartitionLedger) -> (owner: LocationName, count: Int) {
      let before = (ledger.owner, ledger.count)
      if adoption.changesSpace { ledger.adopt(adoption.space, adoption.renumbered) }
      ledger.owner = adoption.owner
      return before
    }
    let before = adopt(&ledgers[adoption.asset, default: PartitionLedger(space: adoption.space, owner: adoption.owner)])
    guard before.owner != adoption.owner else { return }
    partitionsTouched.add(-before.count, to: before.owner)
    partitionsTouched.add(before.count, to: adoption.owner)
  }

  private mutating func changeSession(of location: LocationName, _ change: (inout SessionState?) -> Void) {
    guard var known = locations[location] else { return }
    change(&known.session)
    let isUsable = known.definition != nil && known.session?.isDraining == false && known.session?.manifest == known.manifest
    known.unavailableSince = isUsable ? nil : known.unavailableSince ?? running
    locations[location] = known
  }

  // MARK: Runs

  private mutating func begin(_ plan: RunPlan) {
    if let before = runs.updateValue(RunState(plan: plan, launchedAt: now), forKey: plan.id) {
      releaseSets(of: before)
    } else {
      count(plan, 1)
    }
    for node in plan.nodes {
      stepsInProgress[node.location, default: 0] += node.partitions.count
      if plan.kind == .materialize { partitionsInProgress[node.location, default: 0] += node.outputCount }
    }
    for location in runs[plan.id]?.locations ?? [] { runsAtLocation[location, default: []].insert(plan.id) }
    nextRun = max(nextRun, plan.id.number + 1)
    if let key = plan.clientKey { clientKeys.remember(key, plan.id) }
    for node in plan.nodes { for asset in node.outputs { runsByAsset[asset, default: []].append(plan.id) } }
  }

  private mutating func end(_ id: RunID) {
    guard let run = runs.removeValue(forKey: id) else { return }
    count(run.plan, -1)
    releaseSets(of: run)
    if run.unfinished > 0 { deriveStepsInProgress() }
    for location in run.locations {
      runsAtLocation[location]?.remove(id)
      if runsAtLocation[location]?.isEmpty == true { runsAtLocation[location] = nil }
    }
    for binding in run.bound.keys {
      runsBoundTo[binding.target.asset]?.remove(id)
      if runsBoundTo[binding.target.asset]?.isEmpty == true { runsBoundTo[binding.target.asset] = nil }
    }
    for node in run.plan.nodes {
      for asset in node.outputs {
        runsByAsset[asset]?.removeAll { $0 == id }
        if runsByAsset[asset]?.isEmpty == true { runsByAsset[asset] = nil }
      }
    }
  }

  /// Counts an unfinished run more or less.
  package mutating func count(_ plan: RunPlan, _ change: Int) {
    for node in plan.nodes { outputsInProgress.add(change * node.outputCount, to: node.location) }
    guard case .schedule(let id, _) = plan.origin else { return }
    unfinishedTicks.add(change, to: id)
    scheduledRuns.add(change, to: id.location)
  }

  private mutating func forgetSettlement(of version: VersionRef) {
    guard let location = settlers.removeValue(forKey: version) else { return }
    locations[location]?.unsettled[version] = nil
  }
}

extension Dictionary where Value == Int {
  /// Adds to a count; one that comes to nothing is not kept, as after a start.
  mutating func add(_ change: Int, to key: Key) {
    let count = (self[key] ?? 0) + change
    self[key] = count > 0 ? count : nil
  }
}
