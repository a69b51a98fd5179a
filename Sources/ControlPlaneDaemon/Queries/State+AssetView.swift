// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Orchestrator

/// What the state knows of an asset, taken out in one go.
struct AssetView: Sendable {
  let location: LocationName
  let step: StepSpec
  let asset: AssetSpec
  let counts: ControlPlaneAPI.PartitionCounts
  /// The gates that are closed, at most `APILimits.reasonsPerGate`, without what lies upstream.
  let closed: [GateExplanation]
  let closedCount: Int
  let dependencies: [AssetDetail.Dependency]
  let dependents: [String]
  /// The promoted version of the last partition that has one.
  let latest: VersionRef?
  let facts: AssetFacts
}

/// What an explanation says about an asset beside its gate.
struct AssetFacts: Sendable {
  let owner: LocationName?
  let space: PartitionSpace?
  /// Why its definition was refused, where it was.
  let refusal: String?
  /// What nobody defines: who would have to, and the key that may have been meant.
  var unknown: (claimant: LocationName?, meant: String?)?
}

extension State {
  func facts(of asset: AssetKey) -> AssetFacts {
    AssetFacts(
      owner: graph.owner(of: asset) ?? ledgers[asset]?.owner, space: graph.step(yielding: asset)?.spec.partitions,
      refusal: graph.refusals.first { $0.definition == asset.description }?.reason,
      unknown: graph.assets[asset] == nil ? (claimant(of: asset), closestKey(to: asset)) : nil)
  }

  /// - Parameter problems: what is known to keep steps from ever running, by step.
  func summary(of key: AssetKey, at now: Timestamp, problems: [StepKey: String]) -> AssetSummary? {
    guard let spec = graph.assets[key], let owner = graph.owner(of: key) else { return nil }
    return AssetSummary(
      key: key.description, location: owner.description, group: spec.group, kinds: spec.kinds, description: spec.description,
      partitions: PartitionCounts(partitionCounts(of: key, at: now)), problem: problem(of: key, problems),
      gateOpen: closedPartitions(of: key, at: now, limit: 1).count == 0)
  }

  /// What keeps an asset from ever being made, as far as definitions tell.
  private func problem(of key: AssetKey, _ known: [StepKey: String]) -> String? {
    if let step = graph.producers[key], let said = known[step] { return said }
    return unknownUpstreams(of: key).first.map { $0.message(meaning: nil) }
  }

  func view(of key: AssetKey, at now: Timestamp) -> AssetView? {
    guard let (stepKey, step) = graph.step(yielding: key), let asset = graph.assets[key] else { return nil }
    let closed = closedPartitions(of: key, at: now, limit: APILimits.reasonsPerGate)
    return AssetView(
      location: stepKey.location, step: step, asset: asset, counts: PartitionCounts(partitionCounts(of: key, at: now)),
      closed: closed.shown.map { explainGate(of: $0, at: now) }, closedCount: closed.count,
      dependencies: step.dependencies.map { dependency in
        AssetDetail.Dependency(
          asset: dependency.upstream.description, location: graph.owner(of: dependency.upstream)?.description,
          mapping: dependency.mapping.rawValue, binding: dependency.binding.rawValue)
      },
      dependents: (graph.readers[key] ?? []).map(\.description), latest: latestPromoted(of: key, step.partitions, at: now),
      facts: facts(of: key))
  }

  /// The partitions of an asset whose gates are closed, the first `limit` of them, and how many there are.
  func closedPartitions(of key: AssetKey, at now: Timestamp, limit: Int) -> (shown: [AssetPartition], count: Int) {
    guard let space = graph.step(yielding: key)?.spec.partitions else { return ([AssetPartition(key)], 1) }
    let gate = Gate(self, at: now)
    var shown: [AssetPartition] = []
    var count = 0
    for index in 0..<space.count(at: now) {
      let target = AssetPartition(key, space.key(at: index))
      if case .open = gate.verdict(on: target, .gated, for: nil) { continue }
      count += 1
      if shown.count < limit { shown.append(target) }
    }
    return (shown, count)
  }

  private func latestPromoted(of key: AssetKey, _ space: PartitionSpace, at now: Timestamp) -> VersionRef? {
    for index in stride(from: space.count(at: now) - 1, through: 0, by: -1) {
      let target = AssetPartition(key, space.key(at: index))
      if let number = current(of: target) { return VersionRef(target, number) }
    }
    return nil
  }

  /// The newest settled version of each partition that has one, in partition order.
  func newestVersions(of key: AssetKey, at now: Timestamp) -> [VersionRef] {
    partitionStatuses(of: key, at: now).compactMap { partition, _ in
      let target = AssetPartition(key, partition)
      return newest(of: target).map { VersionRef(target, $0) }
    }
  }

  struct PartitionItem: Sendable {
    let key: PartitionKey
    let state: PartitionState
    let isOpen: Bool
    let newest: VersionNumber?
    let current: VersionNumber?
  }

  func partitionPage(
    of asset: AssetKey, offset: Int, limit: Int, filter: PartitionState?, at now: Timestamp
  ) -> (total: Int, items: [PartitionItem]) {
    let gate = Gate(self, at: now)
    let all = partitionStatuses(of: asset, at: now).filter { filter == nil || PartitionState($0.status) == filter }
    let items = all.dropFirst(offset).prefix(limit).map { key, status in
      let target = AssetPartition(asset, key)
      var isOpen = false
      if case .open = gate.verdict(on: target, .gated, for: nil) { isOpen = true }
      return PartitionItem(
        key: key, state: PartitionState(status), isOpen: isOpen, newest: newest(of: target), current: current(of: target))
    }
    return (all.count, items)
  }
}
