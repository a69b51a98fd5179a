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
  /// The cycle on which it lies, where that was asked for.
  var cycle: String?
}

extension State {
  func facts(of asset: AssetKey) -> AssetFacts {
    var guesses = 1
    return facts(of: asset, guesses: &guesses)
  }

  /// The facts of several assets; for the first that nobody defines with the key that may have been meant.
  func facts(of assets: some Sequence<AssetKey>) -> [AssetKey: AssetFacts] {
    var guesses = QueryLimits.guesses
    var facts: [AssetKey: AssetFacts] = [:]
    for asset in assets where facts[asset] == nil { facts[asset] = self.facts(of: asset, guesses: &guesses) }
    return facts
  }

  private func facts(of asset: AssetKey, guesses: inout Int) -> AssetFacts {
    let refusal = graph.refusal(of: asset.description)
    var unknown: (LocationName?, String?)?
    if graph.assets[asset] == nil, refusal == nil {
      unknown = (claimant(of: asset), guesses > 0 ? closestKey(to: asset) : nil)
      guesses -= 1
    }
    return AssetFacts(
      owner: graph.owner(of: asset) ?? ledgers[asset]?.owner, space: graph.step(yielding: asset)?.spec.partitions,
      refusal: refusal, unknown: unknown)
  }

  /// - Parameter problems: what keeps steps from ever running, as far as definitions tell, by step.
  func summary(of key: AssetKey, at now: Timestamp, problems: [StepKey: String]) -> AssetSummary? {
    guard let spec = graph.assets[key], let owner = graph.owner(of: key) else { return nil }
    return AssetSummary(
      key: key.description, location: owner.description, group: spec.group, kinds: spec.kinds, description: spec.description,
      partitions: PartitionCounts(partitionCounts(of: key, at: now)), problem: graph.producers[key].flatMap { problems[$0] },
      gateOpen: closedPartitions(of: key, at: now, limit: 1).count == 0)
  }

  func view(of key: AssetKey, at now: Timestamp) -> AssetView? {
    guard let (stepKey, step) = graph.step(yielding: key), let asset = graph.assets[key] else { return nil }
    let closed = closedPartitions(of: key, at: now, limit: APILimits.reasonsPerGate)
    return AssetView(
      location: stepKey.location, step: step, asset: asset, counts: PartitionCounts(partitionCounts(of: key, at: now)),
      closed: explainGates(of: closed.shown, at: now), closedCount: closed.count,
      dependencies: step.dependencies.map { dependency in
        AssetDetail.Dependency(
          asset: dependency.upstream.description, location: graph.owner(of: dependency.upstream)?.description,
          mapping: dependency.mapping.rawValue, binding: dependency.binding.rawValue)
      },
      dependents: graph.readers(of: key).map(\.description), latest: latestPromoted(of: key, step.partitions, at: now),
      facts: facts(of: key))
  }

  /// The partitions of an asset whose gates are closed, the first `limit` of them, and how many there are.
  ///
  /// What was never touched is closed, and need not be looked at: the cost grows with what was touched.
  func closedPartitions(of key: AssetKey, at now: Timestamp, limit: Int) -> (shown: [AssetPartition], count: Int) {
    guard let space = graph.step(yielding: key)?.spec.partitions else { return ([AssetPartition(key)], 1) }
    let gate = Gate(self, at: now)
    let total = space.count(at: now)
    let all = gate.upstream(DependencyTargets(key, space, count: total), .gated, for: nil)
    let open = Set(gate.open(touched(of: key, below: total).lazy.map(\.index), of: all))
    let count = total - open.count
    var shown: [AssetPartition] = []
    var index = 0
    while shown.count < min(limit, count), index < total {
      if !open.contains(index) { shown.append(AssetPartition(key, space.key(at: index))) }
      index += 1
    }
    return (shown, count)
  }

  private func latestPromoted(of key: AssetKey, _ space: PartitionSpace, at now: Timestamp) -> VersionRef? {
    touched(of: key, below: space.count(at: now)).last { $0.entry.promoted > 0 }.map { index, entry in
      VersionRef(AssetPartition(key, space.key(at: index)), entry.promoted)
    }
  }

  /// The newest settled version of each partition that has one, in partition order.
  func newestVersions(of key: AssetKey, at now: Timestamp) -> [VersionRef] {
    guard let space = partitions(of: key) else { return [] }
    return touched(of: key, below: space.count(at: now)).compactMap { index, entry in
      entry.newest > 0 ? VersionRef(AssetPartition(key, space.key(at: index)), entry.newest) : nil
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
    guard let space = partitions(of: asset) else { return (0, []) }
    let (total, indexes) = partitionIndexes(of: asset, space, offset: offset, limit: limit, filter: filter, at: now)
    let items = indexes.map { index in
      let target = AssetPartition(asset, space.key(at: index))
      let entry = ledgers[asset]?[index: index] ?? PartitionEntry()
      var isOpen = false
      if case .open = gate.verdict(on: target, .gated, for: nil) { isOpen = true }
      return PartitionItem(
        key: target.partition, state: PartitionState(PartitionStatus(entry)), isOpen: isOpen, newest: newest(of: target),
        current: current(of: target))
    }
    return (total, items)
  }

  /// One page of the partitions in a state, and how many there are, without looking at those that were never touched.
  private func partitionIndexes(
    of asset: AssetKey, _ space: PartitionSpace, offset: Int, limit: Int, filter: PartitionState?, at now: Timestamp
  ) -> (total: Int, page: [Int]) {
    let total = space.count(at: now)
    guard let filter else { return (total, Array((0..<total).dropFirst(offset).prefix(limit))) }
    let known = touched(of: asset, below: total)
    guard filter == .missing else {
      let matching = known.filter { PartitionState(PartitionStatus($0.entry)) == filter }.map(\.index)
      return (matching.count, Array(matching.dropFirst(offset).prefix(limit)))
    }
    let others = PartitionSet(indexes: known.filter { PartitionState(PartitionStatus($0.entry)) != .missing }.map(\.index))
    let missing = PartitionSet(0..<total).subtracting(others)
    return (missing.count, missing.page(from: offset, limit: limit))
  }
}

extension PartitionSet {
  /// Some members in ascending order, at a cost that grows with the ranges before them.
  fileprivate func page(from offset: Int, limit: Int) -> [Int] {
    var rest = offset
    var result: [Int] = []
    for range in ranges {
      if rest >= range.count {
        rest -= range.count
        continue
      }
      result += range.dropFirst(rest).prefix(limit - result.count)
      rest = 0
      if result.count >= limit { break }
    }
    return result
  }
}
