// SPDX-License-Identifier: Apache-2.0

import AssetModel

extension State {
  /// The version of the state's content and of the rules of `evolve`. Raise it with every change to either: a snapshot of
  /// another version is not read, and the journal is replayed instead, unless ``readableVersions`` has it.
  package static let version: UInt32 = 6
  /// Versions that are read: one of version 2 is one of version 3 in which no check is known to have failed, and up to version 3
  /// sets of checks were never forgotten; up to version 4 nothing was kept of partitions that are not declared, and up to version 5
  /// nothing of ticks but the last.
  package static let readableVersions: ClosedRange<UInt32> = 2...6

  /// Computes what snapshots leave out: the graph, the definitions of locations, which runs yield an asset,
  /// are bound to one or have steps at a location, how many a schedule has, who has to settle a version, and who
  /// keeps which set of checks.
  package mutating func deriveRest() {
    for definition in workspace.locations { locations[definition.name]?.definition = definition }
    graph = GraphBuilder.build(workspace: workspace, manifests: locations.compactMapValues(\.manifestContent))
    // Whatever a ledger's entries are counted by, the gate looks them up as the graph counts them.
    recountCheckSets()
    partitionsTouched = [:]
    for ledger in ledgers.values where ledger.count > 0 { partitionsTouched[ledger.owner, default: 0] += ledger.count }
    for adoption in adopted(by: graph) { adopt(adoption) }
    settlers = [:]
    for (name, location) in locations { for version in location.unsettled.keys { settlers[version] = name } }
    runsByAsset = [:]
    runsBoundTo = [:]
    runsAtLocation = [:]
    (unfinishedTicks, scheduledRuns, outputsInProgress) = ([:], [:], [:])
    for id in runs.keys.sorted() {
      if let run = runs[id] { count(run.plan, 1) }
      for location in runs[id]?.locations ?? [] { runsAtLocation[location, default: []].insert(id) }
      for node in runs[id]?.plan.nodes ?? [] {
        for asset in node.outputs { runsByAsset[asset, default: []].append(id) }
      }
      for binding in (runs[id]?.bound ?? [:]).keys { runsBoundTo[binding.target.asset, default: []].insert(id) }
    }
    deriveStepsInProgress()
  }

  package mutating func deriveStepsInProgress() {
    stepsInProgress = [:]
    partitionsInProgress = [:]
    for run in runs.values {
      for node in run.plan.nodes {
        let ordinals = node.firstOrdinal..<(node.firstOrdinal + node.partitions.count)
        let count = run.steps[ordinals].lazy.filter { !$0.phase.isFinal }.count
        guard count > 0 else { continue }
        stepsInProgress[node.location, default: 0] += count
        if run.plan.kind == .materialize { partitionsInProgress[node.location, default: 0] += count * node.outputs.count }
      }
    }
  }
}
