// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// The gate of an asset partition as a person asks for it: open, or closed with the reasons down to the root.
public struct GateExplanation: Hashable, Sendable {
  public let target: AssetPartition
  /// Who owns the asset, where anybody does.
  public let owner: LocationName?
  public let isOpen: Bool
  /// What consumers read; nil when nothing was ever promoted.
  public let current: VersionNumber?
  /// The newest settled version.
  public let newest: VersionNumber?
  /// Why this gate is closed; empty when it is open.
  public let reasons: [GateReason]
  /// The closed gates upstream that keep it from being materialized, at most ``breadth`` of them.
  public let because: [GateExplanation]
  /// How many more closed gates there are than `because` shows.
  public let omitted: Int

  /// How many closed upstream gates are followed from one gate.
  public static let breadth = 50
  /// How many gates one explanation visits in all.
  static let budget = 1_000
}

extension State {
  /// Explains a gate, as a new run would find it.
  public func explainGate(of target: AssetPartition, at now: Timestamp) -> GateExplanation {
    var visits = GateExplanation.budget
    return explain(target, Gate(self, at: now), &visits, path: [])
  }

  /// Explains several gates, which together visit no more than one may.
  package func explainGates(of targets: [AssetPartition], at now: Timestamp) -> [GateExplanation] {
    var visits = GateExplanation.budget
    let gate = Gate(self, at: now)
    return targets.map { explain($0, gate, &visits, path: []) }
  }

  private func explain(
    _ target: AssetPartition, _ gate: Gate, _ visits: inout Int, path: Set<AssetKey>
  ) -> GateExplanation {
    visits -= 1
    let verdict = gate.verdict(on: target, .gated, for: nil)
    let entry = entry(target)
    var reasons: [GateReason] = []
    if case .closed(let reason) = verdict { reasons = [reason] }
    var because: [GateExplanation] = []
    var omitted = 0
    if case .closed(.neverMaterialized) = verdict {
      (because, omitted) = closedUpstreams(of: target, gate, &visits, path: path.union([target.asset]))
    }
    return GateExplanation(
      target: target, owner: graph.owner(of: target.asset) ?? ledgers[target.asset]?.owner, isOpen: reasons.isEmpty,
      current: entry.promoted > 0 ? entry.promoted : nil, newest: entry.newest > 0 ? entry.newest : nil, reasons: reasons,
      because: because, omitted: omitted)
  }

  private func closedUpstreams(
    of target: AssetPartition, _ gate: Gate, _ visits: inout Int, path: Set<AssetKey>
  ) -> ([GateExplanation], omitted: Int) {
    guard let spec = graph.step(yielding: target.asset)?.spec else { return ([], 0) }
    var shown: [GateExplanation] = []
    var omitted = 0
    for dependency in spec.dependencies where !path.contains(dependency.upstream) {
      let targets = gate.targets(of: dependency, readBy: spec, target.partition, in: nil)
      let upstreams = gate.upstream(targets, dependency.binding, for: nil)
      var scan = GateScan()
      // What was never touched is closed: once enough is shown, the open ones are counted among the others.
      for (position, upstream) in targets.enumerated() {
        if shown.count >= GateExplanation.breadth || visits <= 0, targets.count > GateExplanation.budget {
          omitted += targets.count - position - openTouched(dependency.upstream, dependency.binding, gate, from: position)
          break
        }
        guard case .closed = gate.look(at: position, of: upstreams, for: nil, &scan) else { continue }
        if shown.count < GateExplanation.breadth, visits > 0 {
          shown.append(explain(upstream, gate, &visits, path: path))
        } else {
          omitted += 1
        }
      }
    }
    return (shown, omitted)
  }

  /// How many partitions that were touched, from an index on, a reader may read.
  private func openTouched(_ asset: AssetKey, _ binding: BindingPolicy, _ gate: Gate, from index: Int) -> Int {
    guard let ledger = ledgers[asset] else { return 0 }
    let touched = ledger.touched
    let all = DependencyTargets(asset, ledger.space, count: (touched.last?.index ?? -1) + 1)
    return gate.open(touched.lazy.map(\.index).filter { $0 >= index }, of: gate.upstream(all, binding, for: nil)).count
  }
}

extension Gate {
  /// Those of an upstream's partitions, by their position, that a new run may read.
  package func open(_ positions: some Sequence<Int>, of upstream: Upstream) -> [Int] {
    var scan = GateScan()
    return positions.filter { if case .open = look(at: $0, of: upstream, for: nil, &scan) { true } else { false } }
  }
}
