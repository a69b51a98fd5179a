// SPDX-License-Identifier: Apache-2.0

package import AssetModel

extension State {
  /// Folds the events of steps and versions.
  mutating func evolveStep(_ event: Event) {
    switch event {
    case .stepGranted(let grant): begin(grant)
    case .stepStarted(let step, let attempt):
      guard isInFlight(step, attempt), runs[step.run]?.steps[step.ordinal].phase == .granted else { return }
      runs[step.run]?.steps[step.ordinal].phase = .running
    case .staged(let step, let attempt, let outputs):
      guard isInFlight(step, attempt) else { return }
      runs[step.run]?.steps[step.ordinal].phase = .checking
      runs[step.run]?.active[step.ordinal]?.isStaged = true
      for output in outputs where output.locator.isInline {
        runs[step.run]?.active[step.ordinal]?.inline.insert(output.asset)
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
      guard runs[step.run]?.steps[step.ordinal].phase == .waiting else { return }
      runs[step.run]?.steps[step.ordinal].phase = .retrying
      runs[step.run]?.retries[step.ordinal] = notBefore
    case .stepFinished(let step, let outcome): finish(step, outcome)
    default: break
    }
  }

  package func isInFlight(_ step: StepID, _ attempt: Int) -> Bool {
    runs[step.run]?.active[step.ordinal]?.grant.attempt == attempt
  }

  private mutating func begin(_ grant: GrantRecord) {
    let step = grant.step
    guard let phase = runs[step.run]?.steps[step.ordinal].phase, phase == .waiting || phase == .retrying else { return }
    let targets = grant.outputs.map { AssetPartition($0.asset, grant.partition) }
    for (target, output) in zip(targets, grant.outputs) {
      holders[target] = step
      guard grant.kind == .materialize else { continue }
      ledgers[target.asset]?.update(grant.partition) { entry in
        entry.allocated = max(entry.allocated, output.number)
        entry.latestStep = .inFlight
      }
    }
    bind(grant.inputs, in: step.run)
    runs[step.run]?.active[step.ordinal] = ActiveAttempt(grant: grant)
    runs[step.run]?.retries[step.ordinal] = nil
    runs[step.run]?.steps[step.ordinal].phase = .granted
    runs[step.run]?.steps[step.ordinal].attempts = UInt16(clamping: grant.attempt)
    locations[grant.location]?.inFlight += 1
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
      }
    }
  }

  private mutating func record(_ evaluations: [CheckEvaluation], on version: VersionRef, by step: StepID) {
    for evaluation in evaluations {
      runs[step.run]?.active[step.ordinal]?.evaluated[version.of.asset, default: [:]][evaluation.check] = evaluation.outcome
    }
    guard entry(version.of).promoted == version.number else { return }
    var passed = checkSets[entry(version.of).passed]
    for evaluation in evaluations {
      if evaluation.outcome == .passed { passed.insert(evaluation.check) } else { passed.remove(evaluation.check) }
    }
    let id = checkSets.intern(passed)
    ledgers[version.of.asset]?.update(version.of.partition) { $0.passed = id }
    renew(version, passed: id)
  }

  /// What has passed on a version counts for the runs that are bound to it too, also after a newer one is promoted.
  private mutating func renew(_ version: VersionRef, passed: CheckSets.ID) {
    for id in Array(runs.keys) {
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
    let id = checkSets.intern(Set(passed))
    ledgers[version.of.asset]?.update(version.of.partition) { entry in
      entry.newest = version.number
      entry.settled = promoted ? .promoted : .rejected
      entry.latestStep = .ended
      guard promoted else { return }
      entry.promoted = version.number
      entry.passed = id
    }
    runs[step.run]?.made[version.of] = MadeVersion(number: version.number, isPromoted: promoted, passed: id)
    runs[step.run]?.active[step.ordinal]?.decided[version.of.asset] = promoted
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
    guard let active = runs[step.run]?.active[step.ordinal], active.grant.attempt == attempt else { return }
    runs[step.run]?.active[step.ordinal] = nil
    runs[step.run]?.steps[step.ordinal].phase = .waiting
    for output in active.grant.outputs {
      let target = AssetPartition(output.asset, active.grant.partition)
      if holders[target] == step { holders[target] = nil }
      ledgers[output.asset]?.update(target.partition) { if $0.latestStep == .inFlight { $0.latestStep = .ended } }
    }
    locations[active.grant.location]?.inFlight -= 1
    if !returnsSlot {
      locations[active.grant.location]?.fenced[StepAttempt(step: step, number: attempt)] = active.grant.deadline
    }
    switch end {
    case .completed, .cancelled: break
    case .failed: runs[step.run]?.steps[step.ordinal].charged += 1
    case .lost: runs[step.run]?.steps[step.ordinal].lost += 1
    case .refused: runs[step.run]?.steps[step.ordinal].refused += 1
    }
  }

  private mutating func returnSlot(_ attempt: StepAttempt) {
    for name in locations.keys where locations[name]?.fenced[attempt] != nil { locations[name]?.fenced[attempt] = nil }
  }

  private mutating func finish(_ step: StepID, _ outcome: StepOutcome) {
    guard let phase = runs[step.run]?.steps[step.ordinal].phase, phase == .waiting || phase == .retrying else { return }
    if runs[step.run]?.plan.kind == .materialize {
      for target in runs[step.run]?.targets(of: step.ordinal) ?? [] { note(outcome.kind, on: target) }
    }
    // In place: a copy of the run held over these lines would copy its million steps.
    runs[step.run]?.finish(step.ordinal, outcome)
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
