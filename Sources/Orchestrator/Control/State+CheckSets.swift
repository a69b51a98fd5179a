// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Which sets of checks partitions and runs keep: each id that is stored is retained once, and released when it is replaced.
extension State {
  typealias Outcomes = (passed: CheckSets.ID, failed: CheckSets.ID)

  // MARK: Making sets

  /// The sets of what has passed and failed on an asset's version, which the caller releases.
  mutating func intern(
    passed: [CheckIdentity], failed: [CheckIdentity], of asset: AssetKey, by step: StepID
  ) -> Outcomes {
    if passed.isEmpty && failed.isEmpty { return (0, 0) }
    let roster = roster(of: asset, covering: passed + failed, by: step)
    return intern(passed: CheckDraft(roster, passed), failed: CheckDraft(roster, failed), of: asset)
  }

  mutating func intern(passed: CheckDraft, failed: CheckDraft, of asset: AssetKey) -> Outcomes {
    let owner = ledgers[asset]?.owner
    let checks = graph.grantedChecks[asset] ?? []
    func blocking(_ set: CheckDraft) -> [CheckIdentity] {
      checks.lazy.filter { $0.severity == .block && set.contains($0.check) }.map(\.check)
    }
    // What is forgotten must not count as passed: a check that only warns may be declared to block later on.
    let id = checkSets.intern(passed, of: owner) { CheckDraft($0.roster, blocking($0)) }
    let failures = checkSets.intern(failed, of: owner) {
      CheckDraft($0.roster, blocking($0) + checks.lazy.filter { $0.severity == .warn }.map(\.check))
    }
    return (id, failures)
  }

  /// The checks that an asset declares, and others that are to be named.
  private func roster(
    of asset: AssetKey, covering checks: [CheckIdentity], by step: StepID
  ) -> CheckRoster {
    let declared = checkSets.roster((graph.grantedChecks[asset] ?? []).map(\.check))
    if checks.allSatisfy(declared.has) { return declared }
    // Redeployed since the grant.
    let granted = runs[step.run]?.active[step.ordinal]?.grant.outputs.first { $0.asset == asset }?.checks.map(\.check) ?? []
    let both = checkSets.roster(CheckRoster(declared.checks + granted).checks)
    if checks.allSatisfy(both.has) { return both }
    return checkSets.roster(CheckRoster(both.checks + checks.sorted()).checks)
  }

  /// What has passed and failed on a partition's promoted version, with further evaluations.
  func drafts(
    with evaluations: [CheckEvaluation], on target: AssetPartition, by step: StepID
  ) -> (passed: CheckDraft, failed: CheckDraft) {
    let entry = entry(target)
    let known = [checkSets.draft(entry.passed), checkSets.draft(entry.failed)].compactMap(\.self)
    let roster = roster(of: target.asset, with: evaluations.map(\.check), known, by: step)
    var passed = CheckDraft(roster, checkSets.draft(entry.passed))
    var failed = CheckDraft(roster, checkSets.draft(entry.failed))
    for evaluation in evaluations {
      if evaluation.outcome == .failed { failed.insert(evaluation.check) }
      let isPassed = evaluation.outcome == .passed && !failed.contains(evaluation.check)
      if isPassed { passed.insert(evaluation.check) } else { passed.remove(evaluation.check) }
    }
    return (passed, failed)
  }

  /// The checks declared now, and those that were named before, as far as so many are remembered.
  private func roster(
    of asset: AssetKey, with checks: [CheckIdentity], _ known: [CheckDraft], by step: StepID
  ) -> CheckRoster {
    if let same = known.first?.roster, known.allSatisfy({ $0.roster === same }), checks.allSatisfy(same.has) { return same }
    let now = roster(of: asset, covering: checks, by: step)
    let before = known.flatMap(\.roster.checks)
    let all = CheckRoster(now.checks + before)
    return all.checks.count <= CheckSetLimits.checksPerVersion ? checkSets.roster(all.checks) : now
  }

  // MARK: Keeping sets

  mutating func release(_ ids: Outcomes) {
    checkSets.release(ids.passed)
    checkSets.release(ids.failed)
  }

  /// Changes a partition's entry, and gives it other sets where there are some.
  mutating func remember(
    _ ids: Outcomes?, of target: AssetPartition, by step: StepID, _ change: (inout PartitionEntry) -> Void
  ) {
    var before: Outcomes?
    self.change(target, by: step) { entry in
      change(&entry)
      guard let ids else { return }
      before = (entry.passed, entry.failed)
      (entry.passed, entry.failed) = ids
    }
    guard let ids, let before else { return }
    checkSets.replace(before.passed, with: ids.passed)
    checkSets.replace(before.failed, with: ids.failed)
  }

  mutating func releaseSets(of run: RunState) {
    for (id, times) in run.keptSets { checkSets.release(id, times) }
  }

  /// Counts anew who keeps which set, and forgets those that nobody keeps.
  mutating func recountCheckSets() {
    checkSets.recount { [ledgers, runs] sets in
      for ledger in ledgers.values {
        ledger.forEachKept { entry in
          sets.retain(entry.passed)
          sets.retain(entry.failed)
        }
      }
      for run in runs.values { for (id, times) in run.keptSets { sets.retain(id, times) } }
    }
  }
}

extension RunState {
  /// How often the run names each set of checks; most runs name few.
  fileprivate var keptSets: [CheckSets.ID: Int] {
    var kept: [CheckSets.ID: Int] = [:]
    for version in made.values where version.passed != 0 { kept[version.passed, default: 0] += 1 }
    for version in bound.values where version.passed != 0 { kept[version.passed, default: 0] += 1 }
    return kept
  }
}
