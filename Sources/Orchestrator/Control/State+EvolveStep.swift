// SPDX-License-Identifier: Apache-2.0

package import AssetModel

extension State {
  /// Folds the events of steps and versions.
  mutating func evolveStep(_ event: Event) {
    switch event {
    case .stepGranted(let grant): begin(grant)
    case .stepStarted(let step, let attempt):
      changeAttempt(step, attempt) { state, _ in if state.phase == .granted { state.phase = .running } }
    case .staged(let step, let attempt, let outputs):
      changeAttempt(step, attempt) { state, active in
        state.phase = .checking
        active.isStaged = true
        for output in outputs where output.locator.isInline { active.inline.insert(output.asset) }
      }
    case .checked(let step, let attempt, let version, let evaluations):
      guard isInFlight(step, attempt) else { return }
      record(evaluations, on: version, by: step)
    case .promoted(let version, let step, _, let passed, _): settle(version, by: step, promoted: true, passed)
    case .rejected(let version, let step, _, _, let passed): settle(version, by: step, promoted: false, passed)
    case .discarded(let version, let step, _): remember(.discard, of: version, by: step)
    case .attemptEnded(let step, let attempt, let end, let returnsSlot):
      endAttempt(step, attempt, end, returnsSlot: returnsSlot)
    case .slotReturned(let step, let attempt):
      returnSlot(StepAttempt(step: step, number: attempt))
    case .retryScheduled(let step, let notBefore):
      guard runs[step.run]?.phase(of: step.ordinal) == .waiting else { return }
      runs[step.run]?.table.change(step.ordinal) { $0.phase = .retrying }
      runs[step.run]?.retries[step.ordinal] = notBefore
    case .stepFinished(let step, let outcome): finish(step, outcome)
    default: break
    }
  }

  package func isInFlight(_ step: StepID, _ attempt: Int) -> Bool {
    runs[step.run]?.active[step.ordinal]?.grant.attempt == attempt
  }

  /// Changes an attempt in flight and its step's state, in place; any other attempt changes nothing.
  private mutating func changeAttempt(
    _ step: StepID, _ attempt: Int, _ change: (inout StepState, inout ActiveAttempt) -> Void
  ) {
    runs.change(step.run) { run in
      run.active.change(step.ordinal) { active in
        if active.grant.attempt == attempt { run.table.change(step.ordinal) { change(&$0, &active) } }
      }
    }
  }

  private mutating func begin(_ grant: GrantRecord) {
    let step = grant.step
    let mayBegin = runs.change(step.run) { run in
      guard run.mayBegin(step.ordinal) else { return false }
      run.active[step.ordinal] = ActiveAttempt(grant: grant)
      if !run.retries.isEmpty { run.retries[step.ordinal] = nil }
      run.table.change(step.ordinal) {
        $0.phase = .granted
        $0.attempts = UInt16(clamping: grant.attempt)
      }
      return true
    }
    guard mayBegin == true else { return }
    for output in grant.outputs {
      holders[AssetPartition(output.asset, grant.partition)] = step
      guard grant.kind == .materialize else { continue }
      ledgers.change(output.asset) { ledger in
        ledger.update(grant.partition) { entry in
          entry.allocated = max(entry.allocated, output.number)
          entry.latestStep = .inFlight
        }
      }
    }
    bind(grant.inputs, in: step.run)
    locations.change(grant.location) { $0.inFlight += 1 }
  }

  private mutating func bind(_ inputs: [BoundInput], in run: RunID) {
    for input in inputs {
      for version in input.versions {
        let target = AssetPartition(input.asset, version.partition)
        let binding = Binding(target: target, policy: input.binding)
        guard runs[run]?.bound[binding] == nil else { continue }
        if input.binding == .gated, runs[run]?.ordinal(yielding: target) != nil { continue }
        let entry = entry(target)
        let passed = entry.promoted == version.number ? entry.passed : 0
        runs[run]?.bound[binding] = PinnedNumber(number: version.number, passed: passed)
        runsBoundTo[input.asset, default: []].insert(run)
      }
    }
  }

  private mutating func record(_ evaluations: [CheckEvaluation], on version: VersionRef, by step: StepID) {
    for evaluation in evaluations {
      runs[step.run]?.active[step.ordinal]?.evaluated[version.of.asset, default: [:]][evaluation.check] = evaluation.outcome
    }
    guard entry(version.of).promoted == version.number else { return }
    var passed = checkSets[entry(version.of).passed]
    var failed = checkSets[entry(version.of).failed]
    for evaluation in evaluations {
      if evaluation.outcome == .failed { failed.insert(evaluation.check) }
      let isPassed = evaluation.outcome == .passed && !failed.contains(evaluation.check)
      if isPassed { passed.insert(evaluation.check) } else { passed.remove(evaluation.check) }
    }
    let id = checkSets.intern(passed)
    let failures = checkSets.intern(failed)
    ledgers[version.of.asset]?.update(version.of.partition) { ($0.passed, $0.failed) = (id, failures) }
    renew(version, passed: id)
  }

  /// How many runs ``renew(_:passed:)`` looks at for an asset.
  func renewals(of asset: AssetKey) -> Int { (runsByAsset[asset]?.count ?? 0) + (runsBoundTo[asset]?.count ?? 0) }

  /// What has passed on a version counts for the runs that are bound to it too, also after a newer one is promoted.
  private mutating func renew(_ version: VersionRef, passed: CheckSets.ID) {
    let asset = version.of.asset
    for id in Set(runsByAsset[asset] ?? []).union(runsBoundTo[asset] ?? []) {
      if let made = runs[id]?.made[version.of], made.number == version.number {
        runs[id]?.made[version.of] = MadeVersion(number: made.number, isPromoted: made.isPromoted, passed: passed)
      }
      for policy in [BindingPolicy.gated, .lastKnownGood] {
        let binding = Binding(target: version.of, policy: policy)
        guard runs[id]?.bound[binding]?.number == version.number else { continue }
        runs[id]?.bound[binding] = PinnedNumber(number: version.number, passed: passed)
      }
    }
  }

  private mutating func settle(_ version: VersionRef, by step: StepID, promoted: Bool, _ passed: [CheckIdentity]) {
    let id = passed.isEmpty ? 0 : checkSets.intern(Set(passed))
    let evaluated = runs[step.run]?.active[step.ordinal]?.evaluated[version.of.asset] ?? [:]
    let failed = evaluated.filter { $0.value == .failed }.keys
    let failures = failed.isEmpty || !promoted ? 0 : checkSets.intern(Set(failed))
    ledgers.change(version.of.asset) { ledger in
      ledger.update(version.of.partition) { entry in
        entry.newest = version.number
        entry.settled = promoted ? .promoted : .rejected
        entry.latestStep = .ended
        guard promoted else { return }
        entry.promoted = version.number
        (entry.passed, entry.failed) = (id, failures)
      }
    }
    runs.change(step.run) { run in
      run.made[version.of] = MadeVersion(number: version.number, isPromoted: promoted, passed: id)
      run.active.change(step.ordinal) { $0.decided[version.of.asset] = promoted }
    }
    remember(promoted ? .promote : .reject, of: version, by: step)
  }

  private mutating func remember(_ decision: Settlement.Decision, of version: VersionRef, by step: StepID) {
    guard let active = runs[step.run]?.active[step.ordinal], !active.inline.contains(version.of.asset) else { return }
    let location = active.grant.location
    guard locations[location] != nil else { return }
    locations[location]?.unsettled[version] = decision
    settlers[version] = location
  }

  private mutating func endAttempt(_ step: StepID, _ attempt: Int, _ end: AttemptEnd, returnsSlot: Bool) {
    let ended = runs.change(step.run) { run -> GrantRecord? in
      guard let grant = run.active[step.ordinal]?.grant, grant.attempt == attempt else { return nil }
      run.active[step.ordinal] = nil
      run.table.change(step.ordinal) { $0.end(end) }
      return grant
    }
    guard let grant = ended ?? nil else { return }
    for output in grant.outputs {
      let target = AssetPartition(output.asset, grant.partition)
      if holders[target] == step { holders[target] = nil }
      ledgers.change(output.asset) { ledger in
        ledger.update(grant.partition) { if $0.latestStep == .inFlight { $0.latestStep = .ended } }
      }
    }
    locations.change(grant.location) { location in
      location.inFlight -= 1
      if !returnsSlot { location.fenced[StepAttempt(step: step, number: attempt)] = grant.deadline }
    }
  }

  private mutating func returnSlot(_ attempt: StepAttempt) {
    for name in locations.keys where locations[name]?.fenced[attempt] != nil { locations[name]?.fenced[attempt] = nil }
  }

  private mutating func finish(_ step: StepID, _ outcome: StepOutcome) {
    var location: LocationName?
    let finished = runs.change(step.run) { run -> [AssetPartition]? in
      guard run.mayBegin(step.ordinal) else { return nil }
      run.finish(step.ordinal, outcome)
      location = run.place(of: step.ordinal).node.location
      return run.plan.kind == .materialize ? run.targets(of: step.ordinal) : []
    }
    if let location { countEnded(at: location) }
    for target in (finished ?? nil) ?? [] { note(outcome.kind, on: target) }
  }

  /// A location without unfinished steps has no entry, as after a start.
  private mutating func countEnded(at location: LocationName) {
    let rest = stepsInProgress.change(location) { count in
      count -= 1
      return count
    }
    if rest == 0 { stepsInProgress[location] = nil }
  }

  private mutating func note(_ kind: StepOutcome.Kind, on target: AssetPartition) {
    let latest: PartitionEntry.LatestStep
    switch kind {
    case .failed: latest = .failed
    case .blocked: latest = .blocked
    case .succeeded, .rejected, .cancelled: latest = .ended
    }
    ledgers[target.asset]?.update(target.partition) { if $0.latestStep != .inFlight { $0.latestStep = latest } }
  }
}

extension StepState {
  /// The attempt is over; what of it counts depends on how it ended.
  fileprivate mutating func end(_ end: AttemptEnd) {
    phase = .waiting
    switch end {
    case .completed, .cancelled: break
    case .failed: charged += 1
    case .lost: lost += 1
    case .refused: refused += 1
    }
  }
}

extension Dictionary {
  /// Changes a value in place, at the cost of one look-up; nil where there is none.
  @discardableResult
  fileprivate mutating func change<Result>(_ key: Key, _ body: (inout Value) -> Result) -> Result? {
    guard let index = index(forKey: key) else { return nil }
    return body(&values[index])
  }
}
