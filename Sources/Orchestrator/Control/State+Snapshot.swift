// SPDX-License-Identifier: Apache-2.0

import AssetModel

extension State {
  /// The version of the state's content and of the rules of `evolve`. Raise it with every change to either: a snapshot of
  /// another version is not read, and the journal is replayed instead, unless ``readableVersions`` has it.
  package static let version: UInt32 = 4
  /// Versions that are read: one of version 2 is one of version 3 in which no check is known to have failed, and up to version 3
  /// sets of checks were never forgotten.
  package static let readableVersions: ClosedRange<UInt32> = 2...4

  /// Computes what snapshots leave out: the graph, the definitions of locations, which runs yield an asset
  /// or are bound to one, how many a schedule has, and who has to settle a version, and who
  /// keeps which set of checks.
  package mutating func deriveRest() {
    for definition in workspace.locations { locations[definition.name]?.definition = definition }
    graph = GraphBuilder.build(workspace: workspace, manifests: locations.compactMapValues(\.manifestContent))
    settlers = [:]
    for (name, location) in locations { for version in location.unsettled.keys { settlers[version] = name } }
    runsByAsset = [:]
    runsBoundTo = [:]
    unfinishedTicks = [:]
    for id in runs.keys.sorted() {
      if let run = runs[id] { count(run.plan.origin, 1) }
      for node in runs[id]?.plan.nodes ?? [] {
        for asset in node.outputs { runsByAsset[asset, default: []].append(id) }
      }
      for binding in (runs[id]?.bound ?? [:]).keys { runsBoundTo[binding.target.asset, default: []].insert(id) }
    }
    deriveStepsInProgress()
    recountCheckSets()
  }

  package mutating func deriveStepsInProgress() {
    stepsInProgress = [:]
    for run in runs.values {
      for node in run.plan.nodes {
        let ordinals = node.firstOrdinal..<(node.firstOrdinal + node.partitions.count)
        let count = run.steps[ordinals].lazy.filter { !$0.phase.isFinal }.count
        if count > 0 { stepsInProgress[node.location, default: 0] += count }
      }
    }
  }
}
