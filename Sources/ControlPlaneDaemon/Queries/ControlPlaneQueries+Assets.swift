// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI
import Orchestrator

extension ControlPlaneQueries {
  package func assets(selection text: String?) async throws -> [AssetSummary] {
    let selection = try text.map { try Selection($0) } ?? .all
    let now = engine.now
    return try await asking { state in
      try state.summaries(of: state.graph.resolve(selection), at: now)
    }
  }

  /// - Parameter columns: whether its location is asked what the rows of the latest version are made of.
  package func asset(_ text: String, columns: Bool = false) async throws -> AssetDetail {
    var (detail, latest) = try await answering { try await asset(text) }
    if columns, let latest { detail.columns = await self.columns(of: latest, ownedBy: detail.location) }
    return detail
  }

  private func asset(_ text: String) async throws -> (AssetDetail, latest: VersionRecord?) {
    let key = try await known(text)
    let now = engine.now
    guard let view = try await asking({ try $0.view(of: key, at: now) }) else {
      throw APIError(.notFound, "no location defines '\(key)'")
    }
    let gate = try await gateState(of: key, view)
    let latest = try await latest(view.latest)
    let detail = AssetDetail(
      key: key.description, location: view.location.description, description: view.asset.description,
      group: view.asset.group, tags: view.asset.tags, kinds: view.asset.kinds, owners: view.asset.owners,
      codeVersion: view.step.codeVersion, step: view.step.name, partitioning: Partitioning(view.step.partitions, at: now),
      partitions: view.counts, gate: gate,
      checks: view.asset.checks.map {
        AssetDetail.DeclaredCheck(
          name: $0.name, version: $0.version, severity: $0.severity.rawValue, description: $0.description)
      },
      dependencies: view.dependencies, dependents: view.dependents,
      sharedWith: view.asset.sharedWith.map(\.description).sorted(), latest: latest.map { VersionSummary($0) })
    return (detail, latest)
  }

  /// The gate of the whole asset with the direct reasons; the tree below them is what `why` is for.
  private func gateState(of key: AssetKey, _ view: AssetView) async throws -> GateState {
    var reasons: [ControlPlaneAPI.GateReason] = []
    var mapper = ReasonMapper(history: history, facts: view.facts)
    let continuation = Continuation(facts: view.facts)
    for explanation in view.closed {
      // What follows from a closed gate upstream is mended there: `why` says where.
      reasons += try await mapper.direct(explanation).map { $0.isRoot ? continuation.complete($0) : $0 }
    }
    let shown = Array(reasons.prefix(APILimits.reasonsPerGate))
    return GateState(
      open: view.closedCount == 0, reasons: shown, omitted: view.closedCount - view.closed.count + reasons.count - shown.count)
  }

  private func latest(_ version: VersionRef?) async throws -> VersionRecord? {
    guard let version else { return nil }
    return try await history.versions([version]).first
  }

  package func partitions(
    of text: String, offset: Int, limit: Int, state filter: PartitionState?
  ) async throws -> Page<PartitionSummary> {
    let key = try await known(text)
    let now = engine.now
    let page = try await asking { try $0.partitionPage(of: key, offset: offset, limit: limit, filter: filter, at: now) }
    var items: [PartitionSummary] = []
    // Piece by piece: of what a step says nothing is shown here.
    for start in stride(from: 0, to: page.items.count, by: Self.stepsAtOnce) {
      let piece = page.items[start..<min(start + Self.stepsAtOnce, page.items.count)]
      let steps = try await history.latestSteps(of: key, in: piece.map(\.key))
      items += piece.map { PartitionSummary($0, steps[$0.key]) }
    }
    return Page(total: page.total, offset: offset, items: items)
  }

  /// How many steps are read from the history at once, to show little of each.
  static let stepsAtOnce = 100

  package func checks(
    of text: String, partition: String?, offset: Int, limit: Int
  ) async throws -> Page<ControlPlaneAPI.CheckResult> {
    let key = try await known(text)
    let now = engine.now
    let (declared, (versions, areAll)) = try await newestVersions(of: key, partition, at: now)
    let wanted = offset..<(offset.addingReportingOverflow(limit).overflow ? Int.max : offset + limit)
    var budget = DetailBudget(APILimits.detailBytes)
    var (items, total): ([ControlPlaneAPI.CheckResult], Int) = ([], 0)
    // What checks say is read of those on the page alone; the others are counted.
    for version in versions {
      // Whoever has gone is not read for.
      try Task.checkCancellation()
      let known = Set(try await history.checks(on: version)).union(declared.map(\.identity))
      let here = (total..<total + known.count).clamped(to: wanted)
      defer { total += known.count }
      guard !here.isEmpty else { continue }
      let results = CheckResult.all(on: version, declared: declared, evaluated: try await history.evaluations(of: version))
      items += results.dropFirst(here.lowerBound - total).prefix(here.count).map { $0.within(&budget) }
    }
    return Page(total: total, offset: offset, items: items, isPartial: areAll ? nil : true)
  }

  /// The checks of an asset, and the newest versions of its partitions, or of one; worked out beside the engine's loop.
  private func newestVersions(
    of key: AssetKey, _ partition: String?, at now: Timestamp
  ) async throws -> ([CheckSpec], (versions: [VersionRef], areAll: Bool)) {
    try await asking { state in
      let checks = state.graph.assets[key]?.checks ?? []
      guard let partition else {
        return (checks, try state.newestVersions(of: key, at: now, most: QueryLimits.versionsPerAnswer))
      }
      let space = state.partitions(of: key) ?? .single
      let target = AssetPartition(key, space.declared(PartitionKey(partition)))
      guard let index = space.index(of: target.partition), index < space.count(at: now) else {
        throw Self.noPartition(partition, of: key, space, at: now)
      }
      guard let newest = state.newest(of: target) else { return (checks, ([], true)) }
      return (checks, ([VersionRef(target, newest)], true))
    }
  }

  /// Says which partitions there are.
  static func noPartition(_ partition: String, of key: AssetKey, _ space: PartitionSpace, at now: Timestamp) -> APIError {
    let what = "'\(key)' has no partition '\(partition.quoted)': \(space.summary(at: now))"
    return APIError(.badRequest, what, mend: space.isPartitioned ? "name one with --partition" : "leave --partition out")
  }
}
