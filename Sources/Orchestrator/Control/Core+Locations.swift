// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// The workspace, manifests and sessions.
extension Core {
  mutating func begin(_ epoch: Epoch) {
    emit(.reignBegan(epoch))
    for (name, location) in state.locations.sorted(by: { $0.key < $1.key }) {
      guard let since = location.unavailableSince else { continue }
      agenda.remind(at: since + policy.patience, .patience(name))
    }
  }

  mutating func load(_ definition: WorkspaceDefinition) -> Reply {
    if let problem = Self.problem(in: definition) { return .refused(CommandError(.invalidWorkspace, problem)) }
    guard definition != state.workspace else { return .done }
    let before = Set(state.workspace.locations.map(\.name))
    emit(.workspaceLoaded(definition))
    for name in before.subtracting(definition.locations.map(\.name)).sorted() {
      agenda.remind(at: running + policy.removalGrace, .removal(name))
    }
    examineAnew(nil)
    remindOfSchedules(of: nil)
    return .done
  }

  private static func problem(in definition: WorkspaceDefinition) -> String? {
    for (index, location) in definition.locations.enumerated() {
      for other in definition.locations[(index + 1)...] {
        if location.name == other.name { return "location '\(location.name)' stands twice in the workspace" }
        for mine in location.owns {
          if let theirs = other.owns.first(where: { $0.overlaps(mine) }) {
            return "'\(location.name)' owns '\(mine)' and '\(other.name)' owns '\(theirs)': one key could belong to both"
          }
        }
      }
    }
    return nil
  }

  // MARK: Manifests

  mutating func receive(
    _ manifest: Manifest, _ digest: ManifestDigest, from location: LocationName, _ prepared: PreparedGraph?
  ) {
    guard let known = state.locations[location], known.definition != nil else { return }
    if known.manifest == digest, known.refusal == nil { return }
    if let reason = tooManyNames(manifest, of: location) { return refuseManifest(of: location, reason) }
    let before = state.graph
    state.prepared = prepared
    emit(.manifestAccepted(location, digest, manifest))
    state.prepared = nil
    let affected =
      if let prepared, prepared.fits(state) { prepared.affected } else { before.locations(affectedBy: state.graph, of: location) }
    examineAnew(affected)
    remindOfSchedules(of: location)
  }

  /// What was ever declared is remembered, with its owner: redeploys under other names must not add up without end.
  private func tooManyNames(_ manifest: Manifest, of location: LocationName) -> String? {
    // Where all names of all locations are not too many, nobody's are looked through.
    let named = manifest.steps.reduce(0) { $0 + $1.outputs.count }
    if named + state.ledgers.count <= policy.assetsPerLocation,
      manifest.schedules.count + state.schedules.count <= policy.schedulesPerLocation
    {
      return nil
    }
    let assets = Set(manifest.steps.lazy.flatMap { $0.outputs.lazy.map(\.key) })
    let goneAssets = state.ledgers.count { $0.value.owner == location && !assets.contains($0.key) }
    if assets.count + goneAssets > policy.assetsPerLocation {
      return "it has \(assets.count) assets, and had \(goneAssets) others before: more than \(policy.assetsPerLocation) "
        + "(assetsPerLocation); keep names from one deployment to the next"
    }
    let schedules = Set(manifest.schedules.lazy.map(\.name))
    let goneSchedules = state.schedules.keys.count { $0.location == location && !schedules.contains($0.name) }
    guard schedules.count + goneSchedules > policy.schedulesPerLocation else { return nil }
    return "it has \(schedules.count) schedules, and had \(goneSchedules) others before: more than "
      + "\(policy.schedulesPerLocation) (schedulesPerLocation); keep names from one deployment to the next"
  }

  mutating func refuseManifest(of location: LocationName, _ reason: String) {
    guard let known = state.locations[location], known.definition != nil, known.refusal != reason else { return }
    emit(.manifestRefused(location, reason: reason))
  }

  /// Has every unfinished step of locations looked at again: each of their runs is noted, and gone through bit by bit, however many
  /// steps wait.
  ///
  /// - Parameter locations: whose steps something changed for; nil for all.
  private mutating func examineAnew(_ locations: Set<LocationName>?) {
    if let locations { for location in locations { agenda.clear(location) } } else { agenda.clear() }
    for location in (locations.map(Array.init) ?? Array(state.runsAtLocation.keys)).sorted() {
      let runs = state.runsAtLocation[location] ?? []
      work += runs.count / Self.runsPerUnit
      for run in runs.sorted() { agenda.toExamine(run, at: location) }
    }
    for location in state.workspace.locations where locations?.contains(location.name) ?? true { agenda.serve(location.name) }
  }

  /// Runs that are noted in about a microsecond.
  private static let runsPerUnit = 4

  // MARK: Sessions

  /// - Returns: how many of the attempts that it lists, and of their reports, came to nothing.
  mutating func openSession(of location: LocationName, _ status: HostStatus, isResumed: Bool) -> Int {
    guard state.locations[location] != nil else { return 0 }
    var ignored = 0
    emit(
      .sessionOpened(
        location, instance: status.instance, manifest: status.manifest, slots: status.slots, isDraining: status.isDraining))
    if !isResumed {
      ignored = reconcile(location, status)
    } else if state.locations[location]?.unsettled.isEmpty == false {
      // A repetition may have come due while there was no session.
      agenda.remind(at: running + policy.settlementDelay, .settlements(location))
    }
    agenda.serve(location)
    if let since = state.locations[location]?.unavailableSince {
      agenda.remind(at: max(since, running) + policy.patience, .patience(location))
    }
    return ignored
  }

  mutating func closeSession(of location: LocationName, _ reason: String) {
    guard state.locations[location]?.session != nil else { return }
    emit(.sessionClosed(location, reason: reason))
    agenda.remind(at: running + policy.patience, .patience(location))
  }

  mutating func changeCapacity(of location: LocationName, to slots: Int) {
    guard let session = state.locations[location]?.session, session.slots != slots else { return }
    emit(.capacityChanged(location, slots: slots))
    agenda.serve(location)
  }

  mutating func beginDraining(_ location: LocationName) {
    guard state.locations[location]?.session?.isDraining == false else { return }
    emit(.drainingBegan(location))
    agenda.remind(at: running + policy.patience, .patience(location))
  }

  /// The host lists what it knows; the rest is lost (semantics 18).
  ///
  /// - Returns: how many of the attempts that it lists, and of their reports, came to nothing.
  private mutating func reconcile(_ location: LocationName, _ status: HostStatus) -> Int {
    let listed = Set(status.attempts.map(\.attempt))
    let loss = loss(at: location, status)
    instances[location] = status.instance
    for attempt in attempts(at: location) {
      let id = AttemptID(incarnation: state.incarnation, step: attempt.step, number: attempt.number)
      guard !listed.contains(id), let active = state.runs[attempt.step.run]?.active[attempt.step.ordinal] else { continue }
      lose(active, withinShare(StepFailure(kind: .lost, message: loss), active.grant).message)
    }
    for attempt in (state.locations[location]?.fenced ?? [:]).keys.sorted() {
      let id = AttemptID(incarnation: state.incarnation, step: attempt.step, number: attempt.number)
      if !listed.contains(id) { emit(.slotReturned(attempt.step, attempt: attempt.number)) }
    }
    let ignored = status.attempts.reduce(0) { $0 + reattach($1, at: location) }
    resettle(location, status.unsettled)
    return ignored
  }

  /// Why attempts are lost that a host does not list.
  private func loss(at location: LocationName, _ status: HostStatus) -> String {
    let before = instances[location]
    if before == status.instance { return "its host no longer knows it" }
    guard before != nil else {
      // The process before this one may have ended long ago.
      let end = status.previousEnd.map { "; the process before this one \($0)" } ?? ""
      return "location '\(location)' does not know the attempt: its server ended and was started anew, or has forgotten it\(end)"
    }
    if let end = status.previousEnd { return "the process of location '\(location)' \(end)" }
    return "the server of location '\(location)' ended and was started anew; what it printed last is in its own output"
  }

  private func attempts(at location: LocationName) -> [StepAttempt] {
    (state.runsAtLocation[location] ?? []).flatMap { id in
      (state.runs[id]?.active ?? [:]).values.filter { $0.grant.location == location }
        .map { StepAttempt(step: $0.grant.step, number: $0.grant.attempt) }
    }.sorted()
  }

  private mutating func reattach(_ known: KnownAttempt, at location: LocationName) -> Int {
    let step = known.attempt.step
    let number = state.runs[step.run]?.active[step.ordinal]?.grant.attempt
    let isForeign = known.attempt.incarnation == state.incarnation && number != known.attempt.number
    if isForeign { perform(.cancel(location, step, attempt: known.attempt.number)) }
    return receive(known.reports, from: location) + (isForeign ? 1 : 0)
  }

  /// Repeats every decision that has not been carried out, and finds one for what lies staged without.
  ///
  /// Only about what is the location's own: a settlement carries the version's locator, which may be the value itself.
  private mutating func resettle(_ location: LocationName, _ listed: [VersionID]) {
    var undecided: [VersionID] = []
    for version in listed where version.incarnation == state.incarnation {
      let reference = VersionRef(AssetPartition(version.asset, version.partition), version.number)
      guard state.isOwn(version.asset, of: location) else {
        tallies[location, default: LocationTally()].count(.foreignVersion)
        continue
      }
      if state.locations[location]?.unsettled[reference] == nil, !isBeingMade(reference) { undecided.append(version) }
    }
    work += listed.count
    beginSettlements(at: location, undecided: undecided)
  }

  private func isBeingMade(_ version: VersionRef) -> Bool {
    guard let step = state.holders[version.of], let active = state.runs[step.run]?.active[step.ordinal] else { return false }
    return active.grant.outputs.contains { $0.asset == version.of.asset && $0.number == version.number }
  }
}
