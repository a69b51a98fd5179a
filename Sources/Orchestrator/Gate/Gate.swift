// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// What the gate says about one upstream partition to one reader.
package enum Verdict: Hashable, Sendable {
  case open(VersionNumber, passed: CheckSets.ID)
  /// Something in flight may still open it.
  case wait
  case closed(GateReason)
}

/// The one gate: every dispatch, in whatever way it was launched, asks it (semantics 7 to 12).
///
/// It reads state and changes none. A run is given where a run asks; without one the answer is what a new run would get.
package struct Gate {
  let state: State
  let now: Timestamp

  package init(_ state: State, at now: Timestamp) {
    self.state = state
    self.now = now
  }

  /// Whether a reader may read `target`, and which version of it.
  package func verdict(on target: AssetPartition, _ policy: BindingPolicy, for run: RunState?) -> Verdict {
    var work = 0
    return verdict(on: target, policy, for: run, counting: &work)
  }

  /// The same, adding how many other runs it has looked at.
  func verdict(
    on target: AssetPartition, _ policy: BindingPolicy, for run: RunState?, counting work: inout Int
  ) -> Verdict {
    guard let space = state.graph.partitions(of: target.asset) else { return .closed(absence(of: target.asset)) }
    guard let index = space.index(of: target.partition), index < space.count(at: now) else {
      return .closed(.noSuchPartition(target))
    }
    switch policy {
    case .gated: return gated(target, for: run, counting: &work)
    case .lastKnownGood: return lastKnownGood(target, for: run, counting: &work)
    }
  }

  private func gated(_ target: AssetPartition, for run: RunState?, counting work: inout Int) -> Verdict {
    if let run, run.plan.kind == .materialize, let ordinal = run.ordinal(yielding: target) {
      guard let made = run.made[target] else {
        let phase = run.steps[ordinal].phase
        guard phase.isFinal, let kind = StepOutcome.Kind(phase) else { return .wait }
        return .closed(.stepEnded(target, StepID(run: run.id, ordinal: ordinal), kind))
      }
      guard made.isPromoted else { return .closed(.rejected(VersionRef(target, made.number))) }
      return covered(VersionRef(target, made.number), made.passed, state.entry(target), for: run, counting: &work)
    }
    let entry = state.entry(target)
    if let run, let pinned = run.bound[Binding(target: target, policy: .gated)] {
      return covered(VersionRef(target, pinned.number), pinned.passed, entry, for: run, counting: &work)
    }
    switch entry.settled {
    case .promoted: return covered(VersionRef(target, entry.newest), entry.passed, entry, for: run, counting: &work)
    case .rejected: return closed(.rejected(VersionRef(target, entry.newest)), target, for: run, counting: &work)
    case .never: return closed(.neverMaterialized(target), target, for: run, counting: &work)
    }
  }

  /// Whether every blocking check in force has passed on a promoted version.
  private func covered(
    _ version: VersionRef, _ remembered: CheckSets.ID, _ entry: PartitionEntry, for run: RunState?,
    counting work: inout Int
  ) -> Verdict {
    let passed = entry.promoted == version.number ? entry.passed : remembered
    let blocking = state.blockingChecks(of: version.of.asset)
    let missing = blocking.isEmpty ? [] : state.checkSets.missing(of: blocking, in: passed)
    if missing.isEmpty { return .open(version.number, passed: passed) }
    return closed(.notEvaluated(version, missing.sorted()), version.of, for: run, counting: &work)
  }

  private func lastKnownGood(_ target: AssetPartition, for run: RunState?, counting work: inout Int) -> Verdict {
    if let run, let pinned = run.bound[Binding(target: target, policy: .lastKnownGood)] {
      return .open(pinned.number, passed: pinned.passed)
    }
    if let run, run.plan.kind == .materialize, let ordinal = run.ordinal(yielding: target), run.made[target] == nil,
      !run.steps[ordinal].phase.isFinal
    {
      return .wait
    }
    let entry = state.entry(target)
    if entry.promoted > 0 { return .open(entry.promoted, passed: entry.passed) }
    return closed(.neverMaterialized(target), target, for: run, counting: &work)
  }

  private func closed(
    _ reason: GateReason, _ target: AssetPartition, for run: RunState?, counting work: inout Int
  ) -> Verdict {
    mayStillOpen(target, for: run, counting: &work) ? .wait : .closed(reason)
  }

  /// Whether an unfinished step of another run yields or checks the partition (semantics 10).
  private func mayStillOpen(_ target: AssetPartition, for run: RunState?, counting work: inout Int) -> Bool {
    guard let run else { return false }
    for id in state.runsByAsset[target.asset] ?? [] where id != run.id {
      work += 1
      guard let other = state.runs[id], let ordinal = other.ordinal(yielding: target) else { continue }
      if !other.steps[ordinal].phase.isFinal { return true }
    }
    return false
  }

  private func absence(of asset: AssetKey) -> GateReason {
    if let owner = state.ledgers[asset]?.owner, state.locations[owner]?.definition == nil {
      return .ownerNotInWorkspace(asset, owner)
    }
    return .unresolved(asset)
  }
}

extension State {
  package func entry(_ target: AssetPartition) -> PartitionEntry {
    ledgers[target.asset]?[target.partition] ?? PartitionEntry()
  }

  /// Whether a manifest of a location is in force, and none that came later was refused.
  package func isInForce(_ digest: ManifestDigest, of location: LocationName) -> Bool {
    guard let known = locations[location] else { return false }
    return known.manifest == digest && known.refusal == nil
  }

  /// Whether an asset's versions are a location's own: it owns the asset, or did last.
  package func isOwn(_ asset: AssetKey, of location: LocationName) -> Bool { ledgers[asset]?.owner == location }

  /// The blocking checks of an asset in its owner's manifest in force.
  package func blockingChecks(of asset: AssetKey) -> Set<CheckIdentity> {
    guard let checks = graph.assets[asset]?.checks, !checks.isEmpty else { return [] }
    return Set(checks.lazy.filter { $0.severity == .block }.map(\.identity))
  }
}

extension StepOutcome.Kind {
  /// The outcome that a final phase stands for.
  package init?(_ phase: StepPhase) { self.init(rawValue: phase.rawValue) }
}
