// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Where grants come from: after every command, whatever can move moves, so that no grantable step is left ungranted.
extension Core {
  mutating func dispatch() {
    while true {
      if let step = agenda.nextToExamine() {
        examine(step)
      } else if let location = agenda.nextToServe() {
        serve(location)
      } else if let run = agenda.nextFinishing() {
        finishIfDone(run)
      } else {
        return
      }
    }
  }

  private func isWaiting(_ step: StepID) -> Bool {
    switch state.runs[step.run]?.steps[step.ordinal].phase {
    case .waiting, .retrying: true
    default: false
    }
  }

  private mutating func examine(_ step: StepID) {
    guard isWaiting(step) else { return agenda.forgetCursor(of: step) }
    if let notBefore = state.runs[step.run]?.retries[step.ordinal], notBefore > now {
      return agenda.remind(at: notBefore, .retry(step))
    }
    switch readiness(of: step) {
    case .open(let inputs, let outputs): grantOrQueue(step, inputs, outputs)
    case let other: settleUngranted(step, other)
    }
  }

  /// Grants at once where a slot is free and nobody waits for it; a step that waits in a queue is looked at again.
  private mutating func grantOrQueue(_ step: StepID, _ inputs: [BoundInput], _ outputs: [GrantedVersion]) {
    guard let location = state.runs[step.run]?.place(of: step.ordinal).node.location else { return }
    if !agenda.hasQueue(at: location), state.freeSlots(of: location) > 0 { return grant(step, inputs, outputs) }
    queue(step, at: location)
  }

  private mutating func readiness(of step: StepID) -> Readiness {
    guard let run = state.runs[step.run] else { return .closed([]) }
    var cursor = agenda.cursor(of: step)
    let readiness = Gate(state, at: now).readiness(of: step.ordinal, in: run, from: &cursor)
    if case .wait = readiness { agenda.keep(cursor, of: step) } else { agenda.forgetCursor(of: step) }
    return readiness
  }

  private mutating func settleUngranted(_ step: StepID, _ readiness: Readiness) {
    switch readiness {
    case .open: break
    case .wait(let target): agenda.park(step, at: target)
    case .closed(let reasons): finish(step, .blocked(reasons))
    case .impossible(let failure): finish(step, .failed(failure))
    }
  }

  private mutating func queue(_ step: StepID, at location: LocationName) {
    agenda.enqueue(step, at: location, since: now)
    guard let unavailableSince = state.locations[location]?.unavailableSince else { return }
    agenda.remind(at: max(unavailableSince, now) + policy.patience, .patience(location))
  }

  // MARK: Grants

  private mutating func serve(_ location: LocationName) {
    while state.freeSlots(of: location) > 0, let queued = agenda.dequeue(from: location) {
      guard isWaiting(queued.step) else { continue }
      switch readiness(of: queued.step) {
      case .open(let inputs, let outputs): grant(queued.step, inputs, outputs)
      case let other: settleUngranted(queued.step, other)
      }
    }
  }

  private mutating func grant(_ step: StepID, _ inputs: [BoundInput], _ outputs: [GrantedVersion]) {
    guard let (record, trace) = record(of: step, inputs, outputs) else { return }
    emit(.stepGranted(record))
    perform(.grant(record, trace: trace))
    agenda.remind(
      at: record.deadline + policy.fenceLeeway, .deadline(StepAttempt(step: step, number: record.attempt)))
  }

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
      stepName: node.step, partition: node.space.key(at: index), deadline: now + spec.timeout, kind: run.plan.kind,
      inputs: inputs, outputs: outputs)
    return (record, run.plan.trace)
  }

  // MARK: Ends

  /// Ends a step for good and wakes whoever waits for it.
  mutating func finish(_ step: StepID, _ outcome: StepOutcome) {
    let targets = state.runs[step.run]?.targets(of: step.ordinal) ?? []
    emit(.stepFinished(step, outcome))
    for target in targets { agenda.touch(target) }
    if state.runs[step.run]?.unfinished == 0 { agenda.mayHaveFinished(step.run) }
  }

  private mutating func finishIfDone(_ id: RunID) {
    guard let run = state.runs[id], run.unfinished == 0 else { return }
    emit(.runFinished(id, run.worst))
  }

  // MARK: Start

  /// Puts every unfinished step and every instant that matters back on the agenda.
  mutating func rebuildAgenda() {
    for run in state.runs.values.sorted(by: { $0.id < $1.id }) {
      for (ordinal, step) in run.steps.enumerated() where !step.phase.isFinal {
        let id = StepID(run: run.id, ordinal: ordinal)
        if let active = run.active[ordinal] {
          let attempt = StepAttempt(step: id, number: active.grant.attempt)
          agenda.remind(at: active.grant.deadline + policy.fenceLeeway, .deadline(attempt))
        } else {
          agenda.toExamine(id)
        }
      }
      if run.unfinished == 0 { agenda.mayHaveFinished(run.id) }
    }
    for (name, location) in state.locations.sorted(by: { $0.key < $1.key }) {
      for (attempt, until) in location.fenced.sorted(by: { $0.key < $1.key }) {
        agenda.remind(at: until + policy.fenceLeeway, .slot(name, attempt))
      }
      if let since = location.removedSince { agenda.remind(at: since + policy.removalGrace, .removal(name)) }
      if let since = location.unavailableSince { agenda.remind(at: since + policy.patience, .patience(name)) }
    }
    remindOfSchedules()
  }
}

extension State {
  /// How many more attempts a location can take now; 0 while it has no usable session.
  package func freeSlots(of name: LocationName) -> Int {
    guard let location = locations[name], location.unavailableSince == nil, let session = location.session else { return 0 }
    return min(session.slots, location.definition?.maxInFlight ?? .max) - location.slotsInUse
  }
}
