// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// One upstream as a step of a run reads it: what is the same for all of its partitions is looked up once, and each is a few look-ups by
/// number.
package struct Upstream: Sendable {
  package let targets: DependencyTargets
  let policy: BindingPolicy
  /// The partitions that its owner declares; nil where nobody does.
  let space: PartitionSpace?
  /// How many of them there are.
  let count: Int
  /// By the same indexes as `space`.
  let ledger: PartitionLedger?
  /// What materializes it in the run.
  let node: PlannedNode?
  let blocking: [CheckIdentity]
  /// Whether positions among the targets, and indexes in the node, are indexes in the space.
  private let targetsMatch: Bool
  private let nodeMatches: Bool

  init(_ targets: DependencyTargets, _ policy: BindingPolicy, for run: RunState?, _ state: State, at now: Timestamp) {
    self.targets = targets
    self.policy = policy
    space = state.graph.partitions(of: targets.asset)
    count = space?.count(at: now) ?? 0
    ledger = state.ledgers[targets.asset]
    node = run?.plan.kind == .materialize ? run?.node(yielding: targets.asset) : nil
    blocking = state.graph.blockingChecks[targets.asset] ?? []
    targetsMatch = space.map { targets.areCounted(by: $0) } ?? false
    nodeMatches = if let node, let space { node.space.isPlainlySame(as: space) } else { false }
  }

  var asset: AssetKey { targets.asset }

  /// The index of a target among the partitions that exist; nil where it does not.
  func index(at position: Int) -> Int? {
    guard let space, let index = targetsMatch ? position : targets.index(position, in: space), index < count else { return nil }
    return index
  }

  func entry(_ index: Int) -> PartitionEntry { ledger?[index: index] ?? PartitionEntry() }

  /// The step of the run that yields a partition, where one does.
  func ordinal(of index: Int) -> Int? {
    guard let node, let space, let planned = nodeMatches ? index : space.index(index, in: node.space),
      let rank = node.partitions.rank(of: planned)
    else { return nil }
    return node.firstOrdinal + rank
  }
}

extension Gate {
  /// - Parameter run: the run that asks; without one, the answers are what a new run would get.
  package func upstream(_ targets: DependencyTargets, _ policy: BindingPolicy, for run: RunState?) -> Upstream {
    Upstream(targets, policy, for: run, state, at: now)
  }

  /// Looks at one of the partitions of an upstream.
  func look(at position: Int, of upstream: Upstream, for run: RunState?, _ scan: inout GateScan) -> Look {
    guard upstream.space != nil else { return .closed(.absent) }
    guard let index = upstream.index(at: position) else { return .closed(.noSuchPartition) }
    switch upstream.policy {
    case .gated: return gated(position, index, of: upstream, for: run, &scan)
    case .lastKnownGood: return lastKnownGood(position, index, of: upstream, for: run, &scan)
    }
  }

  private func gated(
    _ position: Int, _ index: Int, of upstream: Upstream, for run: RunState?, _ scan: inout GateScan
  ) -> Look {
    let entry = upstream.entry(index)
    if let run, let ordinal = upstream.ordinal(of: index) {
      guard let made = run.made[upstream.targets[position]] else {
        let phase = run.steps[ordinal].phase
        guard phase.isFinal, let kind = StepOutcome.Kind(phase) else { return .wait }
        return .closed(.stepEnded(ordinal, kind))
      }
      guard made.isPromoted else { return .closed(.rejected(made.number)) }
      return covered(made.number, made.passed, entry, index, of: upstream, for: run, &scan)
    }
    if let run, !run.bound.isEmpty, let pinned = run.bound[Binding(target: upstream.targets[position], policy: .gated)] {
      return covered(pinned.number, pinned.passed, entry, index, of: upstream, for: run, &scan)
    }
    switch entry.settled {
    case .promoted: return covered(entry.newest, entry.passed, entry, index, of: upstream, for: run, &scan)
    case .rejected: return closed(.rejected(entry.newest), index, of: upstream, for: run, &scan)
    case .never: return closed(.neverMaterialized, index, of: upstream, for: run, &scan)
    }
  }

  /// Whether every blocking check in force has passed on a promoted version.
  private func covered(
    _ version: VersionNumber, _ remembered: CheckSets.ID, _ entry: PartitionEntry, _ index: Int, of upstream: Upstream,
    for run: RunState?, _ scan: inout GateScan
  ) -> Look {
    let passed = entry.promoted == version ? entry.passed : remembered
    if scan.coverage.covers(passed, upstream.blocking, of: upstream.asset, state.checkSets, counting: &scan.work) {
      return .open(version, passed: passed)
    }
    return closed(.notEvaluated(version, passed), index, of: upstream, for: run, &scan)
  }

  private func lastKnownGood(
    _ position: Int, _ index: Int, of upstream: Upstream, for run: RunState?, _ scan: inout GateScan
  ) -> Look {
    if let run, !run.bound.isEmpty, let pinned = run.bound[Binding(target: upstream.targets[position], policy: .lastKnownGood)] {
      return .open(pinned.number, passed: pinned.passed)
    }
    if let run, let ordinal = upstream.ordinal(of: index), !run.steps[ordinal].phase.isFinal,
      run.made[upstream.targets[position]] == nil
    {
      return .wait
    }
    let entry = upstream.entry(index)
    if entry.promoted > 0 { return .open(entry.promoted, passed: entry.passed) }
    return closed(.neverMaterialized, index, of: upstream, for: run, &scan)
  }

  private func closed(
    _ cause: Look.Cause, _ index: Int, of upstream: Upstream, for run: RunState?, _ scan: inout GateScan
  ) -> Look {
    guard let run, let space = upstream.space, mayStillOpen(upstream.asset, space, index, for: run, &scan) else {
      return .closed(cause)
    }
    return .wait
  }

  /// Whether an unfinished step of another run yields or checks the partition (semantics 10).
  private func mayStillOpen(
    _ asset: AssetKey, _ space: PartitionSpace, _ index: Int, for run: RunState, _ scan: inout GateScan
  ) -> Bool {
    guard let others = state.runsByAsset[asset], scan.otherRuns > 0 else { return false }
    scan.otherRuns -= others.count
    for id in others where id != run.id {
      scan.work += 1
      guard let other = state.runs[id], let ordinal = other.ordinal(yielding: asset, index, of: space) else { continue }
      if !other.steps[ordinal].phase.isFinal { return true }
    }
    return false
  }

  /// What a look found, in words: it takes as long as there are checks, and is asked for only where somebody is told.
  func reason(_ cause: Look.Cause, _ target: AssetPartition, of upstream: Upstream, for run: RunState?) -> GateReason {
    switch cause {
    case .absent: absence(of: target.asset)
    case .noSuchPartition: .noSuchPartition(target)
    case .neverMaterialized: .neverMaterialized(target)
    case .rejected(let number): .rejected(VersionRef(target, number))
    case .notEvaluated(let number, let passed):
      .notEvaluated(VersionRef(target, number), upstream.blocking.filter { !state.checkSets[passed].contains($0) }.sorted())
    // Only a run's own steps end for it.
    case .stepEnded(let ordinal, let kind): .stepEnded(target, StepID(run: run?.id ?? RunID(0), ordinal: ordinal), kind)
    }
  }

  private func absence(of asset: AssetKey) -> GateReason {
    if let owner = state.ledgers[asset]?.owner, state.locations[owner]?.definition == nil {
      return .ownerNotInWorkspace(asset, owner)
    }
    return .unresolved(asset)
  }
}

/// What one look at a partition found.
enum Look {
  case open(VersionNumber, passed: CheckSets.ID)
  case wait
  case closed(Cause)

  /// Why, in as few bytes as say it.
  enum Cause {
    case absent
    case noSuchPartition
    case neverMaterialized
    case rejected(VersionNumber)
    case notEvaluated(VersionNumber, CheckSets.ID)
    case stepEnded(Int, StepOutcome.Kind)
  }
}
