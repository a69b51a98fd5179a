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
    var scan = GateScan()
    return verdict(at: 0, of: upstream(DependencyTargets(target.asset, target.partition), policy, for: run), for: run, &scan)
  }

  /// The same of one of many partitions of an upstream.
  package func verdict(at position: Int, of upstream: Upstream, for run: RunState?, _ scan: inout GateScan) -> Verdict {
    switch look(at: position, of: upstream, for: run, &scan) {
    case .open(let number, let passed): .open(number, passed: passed)
    case .wait: .wait
    case .closed(let cause): .closed(reason(cause, upstream.targets[position], of: upstream, for: run))
    }
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
}

extension StepOutcome.Kind {
  /// The outcome that a final phase stands for.
  package init?(_ phase: StepPhase) { self.init(rawValue: phase.rawValue) }
}
