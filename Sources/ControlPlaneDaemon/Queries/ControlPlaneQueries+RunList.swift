// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI
import Orchestrator

extension ControlPlaneQueries {
  /// Runs that fit a query, newest first.
  package func runs(_ query: RunQuery, before: UInt64?, limit: Int) async throws -> RunList {
    var filter = try RunFilter(query)
    var before = before.map { RunID($0) }
    if let since = query.since { filter.from = try await history.firstRun(since: since.timestamp) }
    if let until = query.until {
      let bound = try await history.firstRun(since: until.timestamp)
      before = before.map { min($0, bound) } ?? bound
    }
    let page = try await history.runs(filter, before: before, limit: limit)
    return RunList(try await summaries(of: page.runs), next: page.next?.number)
  }

  private func summaries(of records: [RunRecord]) async throws -> [RunSummary] {
    let unfinished = records.filter { $0.outcome == nil }.map(\.id)
    guard !unfinished.isEmpty else { return records.map { RunSummary($0, phases: nil) } }
    let phases = try await engine.read { state in unfinished.map { state.phaseCounts(of: $0) } }
    let known = Dictionary(zip(unfinished, phases)) { first, _ in first }
    return records.map { RunSummary($0, phases: known[$0.id] ?? nil) }
  }
}

extension RunFilter {
  fileprivate init(_ query: RunQuery) throws {
    let status: Status? =
      switch query.state {
      case nil: nil
      case .running: .unfinished
      case .succeeded: .ended(.succeeded)
      case .failed: .ended(.failed)
      case .blocked: .ended(.blocked)
      case .cancelled: .ended(.cancelled)
      }
    self.init(
      status: status, kind: query.checksOnly.map { $0 ? .checksOnly : .materialize },
      cause: try query.cause.map { try Cause($0) },
      location: try query.location.map { try LocationName($0) }, asset: try query.asset.map { try AssetKey($0) },
      partition: query.partition.map { PartitionKey($0) })
  }
}

extension RunFilter.Cause {
  /// `manual`, `schedule`, or a schedule as `location/name`.
  fileprivate init(_ text: String) throws {
    switch text {
    case "manual": self = .manual
    case "schedule": self = .anySchedule
    default:
      // As a run shows it, too: `schedule weather/nightly`.
      let name = text.hasPrefix("schedule ") ? text.dropFirst("schedule ".count) : text[...]
      let parts = name.split(separator: "/", maxSplits: 1)
      guard parts.count == 2 else {
        throw APIError(.badRequest, "'cause' is manual, schedule, or a schedule as location/name, not '\(text.prefix(40))'")
      }
      self = .schedule(ScheduleID(location: try LocationName(String(parts[0])), name: String(parts[1])))
    }
  }
}
