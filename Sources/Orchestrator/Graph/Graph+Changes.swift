// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What another graph changes for steps that are planned already.
extension Graph {
  /// The locations some of whose steps may go on or fail for another reason under the graph that follows this one once a location's
  /// manifest is another: that one, and those that read what changes, or lie on other cycles than before.
  func locations(affectedBy next: Graph, of location: LocationName) -> Set<LocationName> {
    var affected: Set<LocationName> = [location]
    for asset in changedAssets(in: next, of: location) {
      for graph in [self, next] {
        if let owner = graph.owner(of: asset) { affected.insert(owner) }
        for step in graph.readingSteps[asset] ?? [] { affected.insert(step.location) }
      }
    }
    return affected
  }

  /// Assets that are defined otherwise in another graph, in one of the two alone, or on a cycle in one of the two alone.
  private func changedAssets(in next: Graph, of location: LocationName) -> Set<AssetKey> {
    var changed: Set<AssetKey> = []
    for (graph, other) in [(self, next), (next, self)] {
      for key in graph.stepKeys {
        guard let step = graph.steps[key] else { continue }
        // Another location's manifest is as it was: its steps are taken or refused, and not otherwise.
        let isSame = key.location == location ? other.steps[key] == step : other.steps[key] != nil
        if !isSame { changed.formUnion(step.outputs.map(\.key)) }
      }
      changed.formUnion(graph.knots.keys.filter { other.knots[$0] == nil })
    }
    return changed
  }
}
