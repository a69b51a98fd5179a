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
      change(AssetPartition(output.asset, grant.partition), by: step) { entry in
        entry.allocated = max(entry.allocated, output.number)
        entry.latestStep = .inFlight
      }
    }
    bind(grant.inputs, in: step.run)
    locations.change(grant.location) { $0.inFlight += 1 }
  }

  private mutating func bind(_ inputs: [BoundInput], in id: RunID) {
    for input in inputs {
      let ledger = ledgers[input.asset]
      guard let bound = runs.change(id, { $0.bind(input, ledger) }), bound.isNew else { continue }
      for (passed, times) in bound.kept { checkSets.retain(passed, times) }
      runsBoundTo[input.asset, default: []].insert(id)
    }
  }

  private mutating func record(_ evaluations: [CheckEvaluation], on version: VersionRef, by step: StepID) {
    for evaluation in evaluations {
      runs[step.run]?.active[step.ordinal]?.evaluated[version.of.asset, default: [:]][evaluation.check] = evaluation.outcome
    }
    guard entry(version.of).promoted == version.number else { return }
    let (passed, failed) = drafts(with: evaluations, on: version.of, by: step)
    let ids = intern(passed: passed, failed: failed, of: version.of.asset)
    remember(ids, of: version.of, by: step) { _ in }
    renew(version, passed: ids.passed)
    release(ids)
  }

  /// How many runs ``renew(_:passed:)`` looks at for an asset.
  func renewals(of asset: AssetKey) -> Int { (runsByAsset[asset]?.count ?? 0) + (runsBoundTo[asset]?.count ?? 0) }

  /// What has passed on a version counts for the runs that are bound to it too, also after a newer one is promoted.
  private mutating func renew(_ version: VersionRef, passed: CheckSets.ID) {
    let asset = version.of.asset
    for id in Set(runsByAsset[asset] ?? []).union(runsBoundTo[asset] ?? []) {
      if let made = runs[id]?.made[version.of], made.number == version.number {
        runs[id]?.made[version.of] = MadeVersion(number: made.number, isPromoted: made.isPromoted, passed: passed)
        checkSets.replace(made.passed, with: passed)
      }
      for policy in [BindingPolicy.gated, .lastKnownGood] {
        let binding = Binding(target: version.of, policy: policy)
        guard let pinned = runs[id]?.bound[binding], pinned.number == version.number else { continue }
        runs[id]?.bound[binding] = PinnedNumber(number: version.number, passed: passed)
        checkSets.replace(pinned.passed, with: passed)
      }
    }
  }

  private mutating func settle(_ version: VersionRef, by step: StepID, promoted: Bool, _ passed: [CheckIdentity]) {
    let evaluated = runs[step.run]?.active[step.ordinal]?.evaluated[version.of.asset] ?? [:]
    let failed = promoted ? evaluated.filter { $0.value == .failed }.map(\.key) : []
    let ids = intern(passed: passed, failed: failed, of: version.of.asset, by: step)
    remember(promoted ? ids : nil, of: version.of, by: step) { entry in
      entry.newest = version.number
      entry.settled = promoted ? .promoted : .rejected
      entry.latestStep = .ended
      if promoted { entry.promoted = version.number }
    }
    let before = runs.change(step.run) { run in
      run.active.change(step.ordinal) { $0.decided[version.of.asset] = promoted }
      return run.made.updateValue(
        MadeVersion(number: version.number, isPromoted: promoted, passed: ids.passed), forKey: version.of)
    }
    if let before { checkSets.replace(before?.passed ?? 0, with: ids.passed) }
    release(ids)
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
      change(target, by: step) { if $0.latestStep == .inFlight { $0.latestStep = .ended } }
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
    let targets = (finished ?? nil) ?? []
    if let location {
      stepsInProgress.add(-1, to: location)
      partitionsInProgress.add(-targets.count, to: location)
    }
    for target in targets { note(outcome.kind, on: target, by: step) }
  }

  private mutating func note(_ kind: StepOutcome.Kind, on target: AssetPartition, by step: StepID) {
    let latest: PartitionEntry.LatestStep
    switch kind {
    case .failed: latest = .failed
    case .blocked: latest = .blocked
    case .succeeded, .rejected, .cancelled: latest = .ended
    }
    change(target, by: step) { if $0.latestStep != .inFlight { $0.latestStep = latest } }
  }

  /// Changes what is remembered of a partition, and counts those that were never touched before.
  ///
  /// - Parameter step: what changes it: its definition may have lost the partition since.
  mutating func change(_ target: AssetPartition, by step: StepID, _ body: (inout PartitionEntry) -> Void) {
    let change = ledgers.change(target.asset) { ledger in
      let before = ledger.count
      return (isDone: ledger.update(target.partition, body), owner: ledger.owner, more: ledger.count - before)
    }
    guard let change else { return }
    if change.more != 0 { partitionsTouched.add(change.more, to: change.owner) }
    guard !change.isDone, let space = runs[step.run]?.place(of: step.ordinal).node.space else { return }
    let more = ledgers.change(target.asset) { ledger in
      let before = ledger.count
      ledger.update(target.partition, onceOf: space, body)
      return ledger.count - before
    }
    partitionsTouched.add(more ?? 0, to: change.owner)
  }
}

extension RunState {
  /// Notes the first binding of each partition that the run does not make itself.
  ///
  /// There may be a hundred thousand: what is the same for all of them is looked up once.
  ///
  /// - Returns: whether there is one that was not bound before, and how often those name each set of checks.
  fileprivate mutating func bind(_ input: BoundInput, _ ledger: PartitionLedger?) -> (isNew: Bool, kept: [CheckSets.ID: Int]) {
    let before = bound.count
    var kept: [CheckSets.ID: Int] = [:]
    let node = input.binding == .gated ? node(yielding: input.asset) : nil
    let isCounted = ledger.map { self.isCounted(input.versions, by: $0.space, input.asset) } ?? false
    if node == nil, input.versions.count > Self.manyVersions { bound.reserveCapacity(before + input.versions.count) }
    for (position, version) in input.versions.enumerated() {
      let target = AssetPartition(input.asset, version.partition)
      if node != nil {
        let made =
          isCounted ? ledger.flatMap { ordinal(yielding: input.asset, position, of: $0.space) } : ordinal(yielding: target)
        if made != nil { continue }
      }
      bound.insert(Binding(target: target, policy: input.binding)) {
        let entry = isCounted ? ledger?[index: position] : ledger?[version.partition]
        let passed = entry?.promoted == version.number ? entry?.passed ?? 0 : 0
        if passed != 0 { kept[passed, default: 0] += 1 }
        return PinnedNumber(number: version.number, passed: passed)
      }
    }
    return (bound.count > before, kept)
  }

  /// From so many on, room is made for all of them at once.
  private static let manyVersions = 64

  /// Whether versions are those of all partitions of an upstream, in their order.
  private func isCounted(_ versions: [BoundVersion], by space: PartitionSpace, _ asset: AssetKey) -> Bool {
    guard versions.count > 1, let first = versions.first, let last = versions.last, let all = plan.fixedUpstreams[asset],
      all.count == versions.count, all.space.isPlainlySame(as: space)
    else { return false }
    return first.partition == space.key(at: 0) && last.partition == space.key(at: versions.count - 1)
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

  /// Sets what a key has none of, at the cost of one look-up.
  fileprivate mutating func insert(_ key: Key, _ value: () -> Value) {
    func keep(_ value: inout Value) {}
    keep(&self[key, default: value()])
  }
}
