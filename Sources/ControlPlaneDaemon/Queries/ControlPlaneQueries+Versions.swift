// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI
import GRPCCore
import Orchestrator

// Versions of one partition, and what is in them.

extension ControlPlaneQueries {
  /// The versions of a partition that the store still has, newest first, with what each was made from.
  package func versions(of text: String, partition: String?, limit: Int) async throws -> [VersionDetail] {
    let key = try await answering { try await known(text) }
    let target = try await target(of: key, partition)
    let current = try await engine.read { $0.current(of: target) }
    var (records, budget) = (try await history.versions(of: target, limit: limit + 1), DetailBudget(APILimits.detailBytes))
    // The one that was granted, and whose attempt has made nothing yet, is none; there is at most one (semantics 2).
    records.removeAll { $0.stagedAt == nil && $0.decision != .discarded }
    records = Array(records.prefix(limit))
    return records.map { VersionDetail($0, isCurrent: $0.version.number == current, &budget) }
  }

  /// Some rows of a version.
  ///
  /// - Parameters:
  ///   - partition: `latest` is the last one that has a promoted version.
  ///   - version: one that was promoted or rejected; the one that consumers read without it.
  package func preview(_ text: String, partition: String?, version number: UInt32? = nil, limit: Int) async throws
    -> PreviewReport
  {
    let key = try await answering { try await known(text) }
    let target = try await target(of: key, partition)
    let found = try await engine.read { state in
      (number: number ?? state.current(of: target), owner: state.graph.owner(of: key), incarnation: state.incarnation)
    }
    guard let number = found.number, let owner = found.owner else {
      throw APIError(.notFound, "\(target) has no promoted version", mend: "sluice why \(Self.named(target))")
    }
    let record = try await history.versions([VersionRef(target, number)]).first
    let (state, locator) = try shown(record, VersionRef(target, number))
    let id = VersionID(incarnation: found.incarnation, asset: key, partition: target.partition, number: number)
    let rows: PreviewRows
    do {
      rows = try await controls.preview(PinnedVersion(version: id, locator: locator), of: owner, limit: limit)
    } catch let error as RPCError {
      throw APIError(error.code == .unavailable ? .unavailable : .badRequest, "'\(owner)' answers: \(error.message)")
    }
    return PreviewReport(
      asset: key.description, partition: target.partition.description, version: number, state: state, locator: locator,
      columns: rows.columns, types: rows.types, rows: rows.rows, truncated: rows.truncated)
  }

  /// What may be shown of a version: one that was promoted, or is kept aside.
  private func shown(_ record: VersionRecord?, _ version: VersionRef) throws -> (state: String, Locator) {
    let name = "v\(version.number) of \(version.of)"
    let mend = "'sluice versions \(Self.named(version.of))' lists what there is"
    switch record?.decision {
    case .promoted?, .rejected?:
      guard let decision = record?.decision, let locator = record?.locator else { break }
      return (decision.rawValue, locator)
    case .discarded?: throw APIError(.notFound, "\(name) was discarded, and nothing of it is kept", mend: mend)
    case nil where record?.stagedAt != nil: throw APIError(.conflict, "\(name) is being checked: nobody reads it yet", mend: mend)
    case nil: break
    }
    throw APIError(.notFound, "there is no \(name)", mend: mend)
  }

  /// The arguments that name a partition of an asset to a command, for a shell.
  private static func named(_ target: AssetPartition) -> String {
    let partition = target.partition == .only ? "" : " --partition \(ShellWord(target.partition.description))"
    return "\(ShellWord(target.asset.description))\(partition)"
  }

  /// The partition that is meant.
  private func target(of key: AssetKey, _ partition: String?) async throws -> AssetPartition {
    let wanted = PartitionKey(partition ?? "")
    let now = engine.now
    let (space, isThere) = try await engine.read { state in
      let space = state.graph.step(yielding: key)?.spec.partitions ?? .single
      return (space, space.index(of: wanted) != nil)
    }
    if isThere { return AssetPartition(key, space.declared(wanted)) }
    guard partition == "latest", space.isPartitioned else {
      let problem = space.summary(at: now)
      let what = partition.map { "'\(key)' has no partition '\($0)': \(problem)" } ?? "'\(key)' has partitions: \(problem)"
      throw APIError(.badRequest, what, mend: "name one with --partition; 'latest' is the last that was promoted")
    }
    let latest = try await answering { try await asking { try $0.latestPromoted(of: key, space, at: now) } }
    guard let latest else {
      throw APIError(
        .notFound, "no partition of '\(key)' has a promoted version", mend: "sluice why \(ShellWord(key.description))")
    }
    return latest.of
  }

  /// What the rows of a version are made of, where its location says so in time.
  func columns(of record: VersionRecord, ownedBy location: String) async -> [AssetDetail.Column]? {
    guard let locator = record.locator, let owner = try? LocationName(location),
      let incarnation = try? await engine.read({ $0.incarnation })
    else { return nil }
    let target = record.version.of
    let id = VersionID(
      incarnation: incarnation, asset: target.asset, partition: target.partition, number: record.version.number)
    let rows = await withTaskGroup(of: PreviewRows?.self) { tasks in
      tasks.addTask { try? await controls.preview(PinnedVersion(version: id, locator: locator), of: owner, limit: 1) }
      tasks.addTask {
        try? await Task.sleep(for: QueryLimits.columnsPatience)
        return nil
      }
      defer { tasks.cancelAll() }
      return await tasks.next() ?? nil
    }
    guard let rows, !rows.columns.isEmpty else { return nil }
    return rows.columns.enumerated().map { index, name in
      AssetDetail.Column(name: name, type: index < rows.types.count ? rows.types[index] : nil)
    }
  }
}

extension VersionDetail {
  /// The version with as much of what is said about it as an answer may still hold.
  fileprivate init(_ record: VersionRecord, isCurrent: Bool, _ budget: inout DetailBudget) {
    let summary = VersionSummary(record)
    let all = record.inputs.lazy.flatMap { input in
      input.versions.lazy.map { bound in
        Input(
          asset: input.asset.description, partition: bound.partition.description, version: bound.number,
          binding: input.binding.rawValue)
      }
    }
    let inputs = Array(all.prefix(APILimits.inputsPerVersion))
    self.init(
      asset: summary.asset, partition: summary.partition, number: summary.number, state: summary.state, current: isCurrent,
      run: record.step.run.number, attempt: record.attempt, at: summary.at,
      metadata: budget.take(record.metadata.detailBytes) ? record.metadata : [:], locator: record.locator, inputs: inputs,
      omitted: record.inputs.reduce(0) { $0 + $1.versions.count } - inputs.count)
  }
}
