// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI
import Orchestrator

extension ControlPlaneQueries {
  /// The gate of an asset or one of its partitions, with the reasons down to the root.
  package func why(_ text: String, partition: String?) async throws -> WhyReport {
    let key = try AssetKey(text)
    let view = try await gateView(of: key, partition: partition)
    var mapper = ReasonMapper(history: history, facts: view.facts)
    var reasons: [ControlPlaneAPI.GateReason] = []
    for explanation in view.explanations { reasons += try await mapper.tree(explanation) }
    let shown = Array(reasons.prefix(APILimits.reasonsPerGate))
    let omitted = view.closedCount - view.explanations.count + reasons.count - shown.count
    let roots = Self.roots(of: shown)
    let continuation = Continuation(facts: view.facts)
    let isComplete = omitted == 0 && !Self.omits(shown)
    let commanded = shown.map { Self.withCommands($0, continuation) }
    return WhyReport(
      asset: key.description, partition: view.partition?.description, location: view.facts[key]?.owner?.description,
      gate: GateState(open: view.closedCount == 0, reasons: commanded, omitted: omitted), current: view.current,
      command: continuation.command(for: roots, isComplete: isComplete))
  }

  private struct GateView: Sendable {
    var partition: PartitionKey?
    var explanations: [GateExplanation] = []
    var closedCount = 0
    var current: VersionNumber?
    var facts: [AssetKey: AssetFacts] = [:]
  }

  private func gateView(of key: AssetKey, partition: String?) async throws -> GateView {
    let now = engine.now
    return try await asking { try Self.gateView(of: key, partition: partition, in: $0, at: now) }
  }

  private static func gateView(
    of key: AssetKey, partition: String?, in state: State, at now: Timestamp
  ) throws -> GateView {
    var view = GateView()
    let space = state.graph.step(yielding: key)?.spec.partitions
    if space == nil, state.graph.refusal(of: key.description) == nil, state.ledgers[key] == nil {
      do throws(ModelError) {
        _ = try state.graph.resolve(Selection(keys: [key]))
      } catch {
        throw APIError(.notFound, error.message, mend: "'sluice assets' lists what there is")
      }
    }
    if let partition, let space, space.index(of: PartitionKey(partition)) == nil {
      throw noPartition(partition, of: key, space, at: now)
    }
    let targets: [AssetPartition]
    if partition != nil || space?.isPartitioned != true {
      let wanted = PartitionKey(partition ?? "")
      let target = AssetPartition(key, space?.declared(wanted) ?? wanted)
      let explanation = state.explainGate(of: target, at: now)
      targets = explanation.isOpen ? [] : [target]
      view.closedCount = targets.count
      view.partition = partition == nil ? nil : target.partition
      view.current = explanation.current
    } else {
      (targets, view.closedCount) = try state.closedPartitions(of: key, at: now, limit: QueryLimits.explainedPartitions)
    }
    view.explanations = state.explainGates(of: targets, at: now)
    view.facts = state.facts(of: key, explainedBy: view.explanations)
    return view
  }

  private static func roots(of reasons: [ControlPlaneAPI.GateReason]) -> [ControlPlaneAPI.GateReason] {
    reasons.flatMap { $0.isRoot ? [$0] : roots(of: $0.because) }
  }

  private static func omits(_ reasons: [ControlPlaneAPI.GateReason]) -> Bool {
    reasons.contains { $0.omitted > 0 || omits($0.because) }
  }

  /// Puts the command that continues at each root.
  private static func withCommands(
    _ reason: ControlPlaneAPI.GateReason, _ continuation: Continuation
  ) -> ControlPlaneAPI.GateReason {
    reason.isRoot
      ? continuation.complete(reason)
      : reason.with(because: reason.because.map { withCommands($0, continuation) })
  }
}

extension ControlPlaneAPI.GateReason {
  /// Whether nothing lies behind it, shown or not.
  var isRoot: Bool { because.isEmpty && omitted == 0 }
}

extension GateExplanation {
  /// Every asset that the explanation is about.
  var assets: Set<AssetKey> {
    because.reduce(into: Set([target.asset]).union(reasons.map(\.asset))) { $0.formUnion($1.assets) }
  }
}
