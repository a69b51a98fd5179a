// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Where grants come from: after every command, whatever can move moves, so that no grantable step is left ungranted.
///
/// It goes on for ``CorePolicy/workPerDecision``; what is left then is done in the next decisions, which are due at once. So no decision
/// takes long, however much one location has caused.
extension Core {
  mutating func dispatch() {
    while work < policy.workPerDecision {
      // Beside the steps, so that neither waits for all of the other.
      let hasReminded = remindOfNextSchedule()
      if !owesExamination, let location = agenda.nextToServe() {
        serve(location)
        owesExamination = work >= policy.workPerDecision
      } else if let run = agenda.nextFinishing() {
        finishIfDone(run)
      } else if let next = agenda.nextToExamine() {
        owesExamination = false
        let before = work
        examine(next)
        charge(work - before, to: next.location)
      } else if owesExamination {
        owesExamination = false
      } else if !hasReminded {
        return
      }
    }
  }

  /// How many items are noted to be looked at: of a run at a location one, and one for each of the steps that something woke.
  package var examinationCount: Int { agenda.examinationCount }

  /// Whether everything that can move has moved.
  package var isCaughtUp: Bool { agenda.isCaughtUp }

  /// Notes work that a location has caused; one that has caused more than its share rests.
  mutating func charge(_ units: Int, to location: LocationName) {
    guard let until = shares[location, default: WorkShare(full: policy, at: running)].take(units, at: running, policy) else {
      return
    }
    agenda.rest(location)
    agenda.remind(at: until, .rested(location))
  }

  private func isWaiting(_ step: StepID) -> Bool {
    switch state.runs[step.run]?.steps[step.ordinal].phase {
    case .waiting, .retrying: true
    default: false
    }
  }

  /// Until when a step waits before it is tried again; nil where it need not.
  private func pause(before step: StepID) -> Timestamp? {
    guard let notBefore = state.runs[step.run]?.retries[step.ordinal], notBefore > running else { return nil }
    return notBefore
  }

  /// A step is looked at output by output, whatever comes of it.
  private func outputs(of step: StepID) -> Int {
    guard let run = state.runs[step.run], run.steps.indices.contains(step.ordinal) else { return 1 }
    return run.place(of: step.ordinal).node.outputs.count
  }

  private mutating func examine(_ next: Examinations.Next) {
    switch next.item {
    case .step(let step): examine(step)
    case .nodes(let run, let first): expand(run, from: first, at: next.location)
    }
  }

  /// Looks at the first step of a run's next node at a location, and has the others and the nodes behind it looked at afterwards.
  private mutating func expand(_ run: RunID, from first: Int, at location: LocationName) {
    guard let nodes = state.runs[run]?.plan.nodes, first < nodes.count else {
      work += 1
      return
    }
    let last = min(nodes.count - first, Self.nodesAtOnce) + first
    let found = nodes[first..<last].firstIndex { $0.location == location }
    work += 1 + ((found ?? last) - first) / Self.nodesPerUnit
    let next = found.map { $0 + 1 } ?? last
    if next < nodes.count { agenda.examineNext(.nodes(run, from: next), at: location) }
    guard let found, let ordinal = nodes[found].ordinals.first else { return }
    agenda.examineNext(.steps(run, nodes[found].ordinals.dropFirst()), at: location)
    examine(StepID(run: run, ordinal: ordinal))
  }

  /// Nodes of a run among which a location's next one is looked for at once, and in about a microsecond.
  private static let nodesAtOnce = 10_000
  private static let nodesPerUnit = 64

  private mutating func examine(_ step: StepID) {
    work += 1
    guard isWaiting(step) else { return agenda.forgetCursor(of: step) }
    if state.runs[step.run]?.cancelRequested == true {
      // Others may have waited behind it.
      if let location = state.location(of: step) { agenda.serve(location) }
      return endUngranted(step, .cancelled)
    }
    if let notBefore = pause(before: step) { return agenda.remind(at: notBefore, .retry(step)) }
    work += outputs(of: step) - 1
    switch readiness(of: step) {
    case .open(let inputs, let outputs): grantOrQueue(step, inputs, outputs)
    case let other: settleUngranted(step, other)
    }
  }

  /// Grants at once where a slot is free and nobody waits for it; a step that waits in a queue is looked at again.
  private mutating func grantOrQueue(_ step: StepID, _ inputs: [BoundInput], _ outputs: [GrantedVersion]) {
    guard let location = state.location(of: step) else { return }
    if !agenda.hasQueue(at: location), mayGrant(step, at: location) { return grant(step, inputs, outputs) }
    queue(step, at: location)
  }

  private mutating func readiness(of step: StepID) -> Readiness {
    guard let run = state.runs[step.run] else { return .closed([]) }
    var cursor = agenda.cursor(of: step)
    var scan = GateScan(work: work, limit: policy.workPerDecision)
    swap(&scan.coverage, &coverage)
    let readiness = Gate(state, at: now).readiness(of: step.ordinal, in: run, from: &cursor, &scan)
    swap(&scan.coverage, &coverage)
    work = scan.work
    // Also of one that may be granted: while it waits for a slot, what it was looked at for needs no second look.
    agenda.keep(cursor, of: step)
    return readiness
  }

  private mutating func settleUngranted(_ step: StepID, _ readiness: Readiness) {
    switch readiness {
    case .open: break
    case .wait(let target):
      guard let location = state.location(of: step) else { return }
      agenda.park(step, of: location, at: target)
    case .unfinished:
      guard let location = state.location(of: step) else { return }
      agenda.examineNext(.step(step), at: location)
    case .closed(let reasons): endUngranted(step, .blocked(reasons))
    case .impossible(let failure): endUngranted(step, .failed(failure))
    }
  }

  /// Ends a step that was never granted. There may be a million, each decided in no time: what their rows take of the store, which is
  /// everybody's, counts towards their location's share.
  private mutating func endUngranted(_ step: StepID, _ outcome: StepOutcome) {
    if let node = state.runs[step.run]?.place(of: step.ordinal).node {
      charge(Self.rowWork * node.outputs.count, to: node.location)
    }
    finish(step, outcome)
  }

  /// About how many microseconds the store takes for what is written of a step, for each of its outputs.
  private static let rowWork = 40

  private mutating func queue(_ step: StepID, at location: LocationName) {
    agenda.enqueue(step, at: location, since: running)
    guard let unavailableSince = state.locations[location]?.unavailableSince else { return }
    agenda.remind(at: max(unavailableSince, running) + policy.patience, .patience(location))
  }

  // MARK: Grants

  private mutating func serve(_ location: LocationName) {
    repeat {
      let before = work
      work += 1
      // One that has ended meanwhile needs no room.
      guard let first = agenda.firstQueued(at: location), !isWaiting(first.step) || mayGrant(first.step, at: location),
        let queued = agenda.dequeue(from: location)
      else { return }
      serve(queued)
      charge(work - before, to: location)
    } while work < policy.workPerDecision && !agenda.isResting(location)
    agenda.serve(location)
  }

  /// Whether a location has a free slot, and room for what an attempt of a step may leave to be done; where nothing is in flight there is.
  private func mayGrant(_ step: StepID, at location: LocationName) -> Bool {
    guard state.freeSlots(of: location) > 0, unsettled(at: location) < policy.unsettledPerLocation else { return false }
    guard let load = loadsInFlight[location] else { return true }
    return load + outputs(of: step) * GrantRecord.loadPerOutput <= policy.loadInFlightPerLocation
  }

  private mutating func serve(_ queued: Agenda.Queued) {
    guard isWaiting(queued.step) else { return agenda.forgetCursor(of: queued.step) }
    if state.runs[queued.step.run]?.cancelRequested == true { return endUngranted(queued.step, .cancelled) }
    // Looked at twice after a redeploy, it may have been tried meanwhile.
    if let notBefore = pause(before: queued.step) { return agenda.remind(at: notBefore, .retry(queued.step)) }
    work += outputs(of: queued.step) - 1
    switch readiness(of: queued.step) {
    case .open(let inputs, let outputs): grant(queued.step, inputs, outputs)
    case let other: settleUngranted(queued.step, other)
    }
  }

  private mutating func grant(_ step: StepID, _ inputs: [BoundInput], _ outputs: [GrantedVersion]) {
    if inputs.leastBytes(upTo: policy.inputBytesPerGrant) > policy.inputBytesPerGrant {
      let message = "the versions that it reads take more than \(policy.inputBytesPerGrant) bytes (inputBytesPerGrant)"
      return finish(step, .failed(StepFailure(kind: .input, message: message, isRetryable: false)))
    }
    guard let (record, trace) = record(of: step, inputs, outputs) else { return }
    loadsInFlight[record.location, default: 0] += record.load
    work += record.load / Self.loadPerUnit + record.inputCount
    agenda.forgetCursor(of: step)
    emit(.stepGranted(record))
    perform(.grant(record, trace: trace))
    agenda.remind(
      at: record.deadline + policy.fenceLeeway, .deadline(StepAttempt(step: step, number: record.attempt)))
  }

  /// How much of a grant's load is looked at in about a microsecond, from here until it lies in the store and at its location.
  static let loadPerUnit = 4

  /// Apart from the grant itself: a copy of the run held over the event would copy all of its steps.
  private func record(
    of step: StepID, _ inputs: [BoundInput], _ outputs: [GrantedVersion]
  ) -> (GrantRecord, trace: TraceContext?)? {
    guard let run = state.runs[step.run] else { return nil }
    let (node, index) = run.place(of: step.ordinal)
    guard let manifest = state.locations[node.location]?.manifest,
      let spec = state.graph.steps[StepKey(location: node.location, name: node.step)]
    else { return nil }
    let record = GrantRecord(
      step: step, attempt: Int(run.steps[step.ordinal].attempts) + 1, location: node.location, manifest: manifest,
      stepName: node.step, partition: node.space.key(at: index), deadline: running + spec.timeout, kind: run.plan.kind,
      inputs: inputs, outputs: outputs)
    return (record, run.plan.trace)
  }

  // MARK: Ends

  /// Ends a step for good and wakes whoever waits for it.
  mutating func finish(_ step: StepID, _ outcome: StepOutcome) {
    let targets = state.runs[step.run]?.targets(of: step.ordinal) ?? []
    agenda.forgetCursor(of: step)
    emit(.stepFinished(step, outcome))
    for target in targets { agenda.touch(target) }
    // Once for the targets, once for the ledgers.
    work += 2 * targets.count - 1
    if state.runs[step.run]?.unfinished == 0 { agenda.mayHaveFinished(step.run) }
  }

  private mutating func finishIfDone(_ id: RunID) {
    guard let run = state.runs[id], run.unfinished == 0 else { return }
    logs.end(id)
    emit(.runFinished(id, run.worst))
  }

  // MARK: Start

  /// Puts every unfinished step and every instant that matters back on the agenda.
  mutating func rebuildAgenda() {
    for run in state.runs.values.sorted(by: { $0.id < $1.id }) {
      for (ordinal, active) in run.active.sorted(by: { $0.key < $1.key }) {
        let attempt = StepAttempt(step: StepID(run: run.id, ordinal: ordinal), number: active.grant.attempt)
        agenda.remind(at: active.grant.deadline + policy.fenceLeeway, .deadline(attempt))
        loadsInFlight[active.grant.location, default: 0] += active.grant.load
      }
      // Those in flight and those that have ended are passed over when their turn comes.
      toExamine(run.id)
      if run.unfinished == 0 { agenda.mayHaveFinished(run.id) }
    }
    for (name, location) in state.locations.sorted(by: { $0.key < $1.key }) {
      for (attempt, until) in location.fenced.sorted(by: { $0.key < $1.key }) {
        agenda.remind(at: until + policy.fenceLeeway, .slot(name, attempt))
      }
      if let since = location.removedSince { agenda.remind(at: since + policy.removalGrace, .removal(name)) }
      if let since = location.unavailableSince { agenda.remind(at: since + policy.patience, .patience(name)) }
    }
    remindOfSchedules(of: nil)
  }

  /// Has every step of a run looked at, node by node, as time permits.
  mutating func toExamine(_ run: RunID) {
    for location in state.runs[run]?.locations ?? [] { agenda.toExamine(run, at: location) }
  }
}

extension State {
  /// How many more attempts a location can take now; 0 while it has no usable session.
  package func freeSlots(of name: LocationName) -> Int {
    guard let location = locations[name], location.unavailableSince == nil, let session = location.session else { return 0 }
    return min(session.slots, location.definition?.maxInFlight ?? .max) - location.slotsInUse
  }

  /// Where a step of an unfinished run is to run.
  func location(of step: StepID) -> LocationName? { runs[step.run]?.place(of: step.ordinal).node.location }
}
