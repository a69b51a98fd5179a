// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI
package import Orchestrator

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
  /// Of the asset, and of what lies upstream of its closed gates.
  let facts: [AssetKey: AssetFacts]
}

/// What an explanation says about an asset beside its gate.
struct AssetFacts: Sendable {
  let owner: LocationName?
  let space: PartitionSpace?
  /// Why its definition was refused, where it was.
  let refusal: String?
  /// The blocking checks that its owner declares now.
  let blocking: [CheckIdentity]
  /// What nobody defines: who would have to, and the key that may have been meant.
  var unknown: (claimant: LocationName?, meant: String?)?
  /// The cycle on which it lies, where that was asked for.
  var cycle: String?
}

extension State {
  /// The facts of several assets; for the first that nobody defines with the key that may have been meant.
  func facts(of assets: some Sequence<AssetKey>) -> [AssetKey: AssetFacts] {
    var guesses = QueryLimits.guesses
    var facts: [AssetKey: AssetFacts] = [:]
    for asset in assets where facts[asset] == nil { facts[asset] = self.facts(of: asset, guesses: &guesses) }
    return facts
  }

  /// The facts of an asset, and of everything that explains its gates.
  func facts(of asset: AssetKey, explainedBy explanations: [GateExplanation]) -> [AssetKey: AssetFacts] {
    let others = explanations.reduce(into: Set<AssetKey>()) { $0.formUnion($1.assets) }
    var facts = facts(of: [asset] + others.sorted())
    facts[asset]?.cycle = graph.cycle(through: asset).map { Graph.text(of: $0) }
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
      refusal: refusal, blocking: (graph.assets[asset]?.checks ?? []).filter { $0.severity == .block }.map(\.identity),
      unknown: unknown)
  }

  /// Assets in short. Of those beyond the partitions that an answer looks at nothing is said that depends on their partitions.
  ///
  /// - Throws: `CancellationError`.
  package func summaries(
    of assets: [AssetKey], at now: Timestamp, looking most: Int = QueryLimits.partitionsPerAnswer
  ) throws -> [AssetSummary] {
    let problems = upstreamProblems(of: assets)
    var rest = most
    return try assets.compactMap { key in
      try Task.checkCancellation()
      guard let spec = graph.assets[key], let owner = graph.owner(of: key) else { return nil }
      let touched = ledgers[key]?.mostTouched ?? 0
      let isCounted = touched <= rest
      if isCounted { rest -= touched }
      let survey = isCounted ? try survey(of: key, at: now) : nil
      return AssetSummary(
        key: key.description, location: owner.description, group: spec.group, kinds: spec.kinds, description: spec.description,
        partitions: survey.map { PartitionCounts($0.counts) }, problem: graph.producers[key].flatMap { problems[$0] },
        gateOpen: survey.map { $0.open == $0.counts.total })
    }
  }

  /// Looks at each partition of an asset that was touched: what became of it, and whether its gate is open.
  private func survey(of key: AssetKey, at now: Timestamp) throws -> (counts: Orchestrator.PartitionCounts, open: Int) {
    let total = partitions(of: key)?.count(at: now) ?? 0
    var (counts, open) = (Orchestrator.PartitionCounts(), 0)
    var gate = AssetGate(of: key, in: self, at: now)
    try scan(key, below: total) { index, entry in
      counts.add(PartitionStatus(entry))
      if gate.isOpen(index) { open += 1 }
      return true
    }
    counts.add(.missing, total - counts.total)
    return (counts, open)
  }

  /// Looks at each partition of an asset that was touched and exists, in index order, as long as the body says so, and the task goes on.
  private func scan(_ key: AssetKey, below total: Int, _ body: (Int, PartitionEntry) throws -> Bool) throws {
    try ledgers[key]?.scan { index, entry in
      guard index < total else { return false }
      if index.isMultiple(of: Self.scannedAtOnce) { try Task.checkCancellation() }
      return try body(index, entry)
    }
  }

  /// After how many partitions it is looked whether anybody still waits.
  private static let scannedAtOnce = 1_024

  func view(of key: AssetKey, at now: Timestamp) throws -> AssetView? {
    guard let (stepKey, step) = graph.step(yielding: key), let asset = graph.assets[key] else { return nil }
    let closed = try closedPartitions(of: key, at: now, limit: APILimits.reasonsPerGate)
    let explanations = explainGates(of: closed.shown, at: now)
    return AssetView(
      location: stepKey.location, step: step, asset: asset, counts: PartitionCounts(try survey(of: key, at: now).counts),
      closed: explanations, closedCount: closed.count,
      dependencies: step.dependencies.map { dependency in
        AssetDetail.Dependency(
          asset: dependency.upstream.description, location: graph.owner(of: dependency.upstream)?.description,
          mapping: dependency.mapping.rawValue, binding: dependency.binding.rawValue)
      },
      dependents: graph.readers(of: key).map(\.description), latest: try latestPromoted(of: key, step.partitions, at: now),
      facts: facts(of: key, explainedBy: explanations))
  }

  /// The partitions of an asset whose gates are closed, the first `limit` of them, and how many there are.
  ///
  /// What was never touched is closed, and need not be looked at: the cost grows with what was touched.
  func closedPartitions(of key: AssetKey, at now: Timestamp, limit: Int) throws -> (shown: [AssetPartition], count: Int) {
    guard let space = graph.step(yielding: key)?.spec.partitions else { return ([AssetPartition(key)], 1) }
    let total = space.count(at: now)
    var gate = AssetGate(of: key, in: self, at: now)
    var (open, next) = (0, 0)
    var shown: [Int] = []
    /// Those before an index are closed.
    func show(before index: Int) {
      shown += (next..<max(next, index)).prefix(limit - shown.count)
      next = index + 1
    }
    try scan(key, below: total) { index, _ in
      guard gate.isOpen(index) else { return true }
      open += 1
      show(before: index)
      return true
    }
    show(before: total)
    return (shown.map { AssetPartition(key, space.key(at: $0)) }, total - open)
  }

  /// The last partition of an asset that has a promoted version, with the newest of them.
  func latestPromoted(of key: AssetKey, _ space: PartitionSpace, at now: Timestamp) throws -> VersionRef? {
    var last: (index: Int, number: VersionNumber)?
    try scan(key, below: space.count(at: now)) { index, entry in
      if entry.promoted > 0 { last = (index, entry.promoted) }
      return true
    }
    return last.map { VersionRef(AssetPartition(key, space.key(at: $0.index)), $0.number) }
  }

  /// The newest settled version of each partition that has one, in partition order: the first of them, and whether there are more.
  ///
  /// - Throws: `CancellationError`.
  package func newestVersions(of key: AssetKey, at now: Timestamp, most: Int) throws -> (versions: [VersionRef], areAll: Bool) {
    guard let space = partitions(of: key) else { return ([], true) }
    var (versions, areAll) = ([VersionRef](), true)
    try scan(key, below: space.count(at: now)) { index, entry in
      guard entry.newest > 0 else { return true }
      areAll = versions.count < most
      if areAll { versions.append(VersionRef(AssetPartition(key, space.key(at: index)), entry.newest)) }
      return areAll
    }
    return (versions, areAll)
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
  ) throws -> (total: Int, items: [PartitionItem]) {
    let gate = Gate(self, at: now)
    guard let space = partitions(of: asset) else { return (0, []) }
    let (total, indexes) = try partitionIndexes(of: asset, space, offset: offset, limit: limit, filter: filter, at: now)
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
  ) throws -> (total: Int, page: [Int]) {
    let total = space.count(at: now)
    guard let filter else { return (total, Array((0..<total).dropFirst(offset).prefix(limit))) }
    var (count, page, others) = (0, [Int](), [Int]())
    try scan(asset, below: total) { index, entry in
      let state = PartitionState(PartitionStatus(entry))
      if filter == .missing, state != .missing { others.append(index) }
      guard filter != .missing, state == filter else { return true }
      if count >= offset, page.count < limit { page.append(index) }
      count += 1
      return true
    }
    guard filter == .missing else { return (count, page) }
    let missing = PartitionSet(0..<total).subtracting(PartitionSet(indexes: others))
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
