// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Every request that the API answers, in one place: client, server and document are made from it.
///
/// Asset keys contain `/`, so they always travel as the query parameter `asset`.
package enum Route: Hashable, Sendable {
  case status
  case locations
  case assets(selection: String? = nil)
  /// With columns, its location is asked what the rows of the latest version are made of.
  case asset(String, columns: Bool = false)
  case partitions(asset: String, offset: Int = 0, limit: Int = APILimits.defaultPageItems, state: PartitionState? = nil)
  case checks(asset: String, partition: String? = nil, offset: Int = 0, limit: Int = APILimits.pageItems)
  case why(asset: String, partition: String? = nil)
  /// Newest first.
  case versions(asset: String, partition: String? = nil, limit: Int = APILimits.defaultPageItems)
  case preview(asset: String, partition: String? = nil, version: UInt32? = nil, limit: Int = 20)
  /// Answers once the run has ended, or after so many seconds.
  case launch(wait: Int? = nil)
  /// Answers once all runs have ended, or after so many seconds.
  case launchMany(wait: Int? = nil)
  /// Newest first; the next page is the one before the last run of this one.
  case runs(RunQuery = RunQuery(), before: UInt64? = nil, limit: Int = APILimits.defaultPageItems)
  /// Answers once the run has ended, or after so many seconds.
  case run(UInt64, wait: Int? = nil)
  /// In the order of the plan, from an ordinal on.
  case steps(run: UInt64, from: Int = 0, limit: Int = APILimits.defaultPageItems)
  /// Lines of all steps, or of one, behind the line with a sequence number.
  case logs(run: UInt64, step: Int? = nil, after: UInt64 = 0, limit: Int = APILimits.pageItems)
  case cancel(run: UInt64)
  /// An endless stream; one that names a run ends behind the run's last event.
  case events(run: UInt64? = nil, after: UInt64? = nil, incarnation: String? = nil)
  case schedules
  case setSchedule(location: String, name: String, paused: Bool)
  case reload
  case backUp

  /// The path with its parameters open, as a router is given it.
  package enum Pattern: String, Hashable, Sendable, CaseIterable {
    case status = "/v1/status"
    case locations = "/v1/locations"
    case assets = "/v1/assets"
    case asset = "/v1/asset"
    case partitions = "/v1/partitions"
    case checks = "/v1/checks"
    case why = "/v1/why"
    case versions = "/v1/versions"
    case preview = "/v1/preview"
    case launches = "/v1/launches"
    case runs = "/v1/runs"
    case run = "/v1/runs/{id}"
    case steps = "/v1/runs/{id}/steps"
    case logs = "/v1/runs/{id}/logs"
    case cancel = "/v1/runs/{id}/cancel"
    case runEvents = "/v1/runs/{id}/events"
    case events = "/v1/events"
    case schedules = "/v1/schedules"
    case pause = "/v1/schedules/{location}/{name}/pause"
    case resume = "/v1/schedules/{location}/{name}/resume"
    case reload = "/v1/reload"
    case backups = "/v1/backups"
  }

  package var method: String {
    switch self {
    case .launch, .launchMany, .cancel, .setSchedule, .reload, .backUp: "POST"
    default: "GET"
    }
  }

  package var pattern: Pattern {
    switch self {
    case .status: .status
    case .locations: .locations
    case .assets: .assets
    case .asset: .asset
    case .partitions: .partitions
    case .checks: .checks
    case .why: .why
    case .versions: .versions
    case .preview: .preview
    case .launch, .runs: .runs
    case .launchMany: .launches
    case .run: .run
    case .steps: .steps
    case .logs: .logs
    case .cancel: .cancel
    case .events(let run, _, _): run == nil ? .events : .runEvents
    case .schedules: .schedules
    case .setSchedule(_, _, let paused): paused ? .pause : .resume
    case .reload: .reload
    case .backUp: .backups
    }
  }

  /// Path and query, escaped: `/v1/asset?asset=weather/hourly`.
  package var target: String {
    var path = pattern.rawValue
    for (name, value) in parameters { path = path.replacingOccurrences(of: "{\(name)}", with: Self.escape(value)) }
    let items = query.compactMap { name, value in value.map { "\(name)=\(Self.escape($0, allowing: "/"))" } }
    return items.isEmpty ? path : path + "?" + items.joined(separator: "&")
  }

  private var parameters: [(String, String)] {
    switch self {
    case .run(let id, _), .steps(let id, _, _), .logs(let id, _, _, _), .cancel(let id): [("id", "\(id)")]
    case .events(let run, _, _): run.map { [("id", "\($0)")] } ?? []
    case .setSchedule(let location, let name, _): [("location", location), ("name", name)]
    default: []
    }
  }

  private var query: [(String, String?)] {
    switch self {
    case .assets(let selection): [("selection", selection)]
    case .asset(let key, let columns): [("asset", key), ("columns", columns ? "true" : nil)]
    case .partitions(let asset, let offset, let limit, let state):
      [("asset", asset), ("offset", "\(offset)"), ("limit", "\(limit)"), ("state", state?.rawValue)]
    case .checks(let asset, let partition, let offset, let limit):
      [("asset", asset), ("partition", partition), ("offset", "\(offset)"), ("limit", "\(limit)")]
    case .why(let asset, let partition): [("asset", asset), ("partition", partition)]
    case .versions(let asset, let partition, let limit):
      [("asset", asset), ("partition", partition), ("limit", "\(limit)")]
    case .preview(let asset, let partition, let version, let limit):
      [("asset", asset), ("partition", partition), ("version", version.map { "\($0)" }), ("limit", "\(limit)")]
    case .runs(let query, let before, let limit):
      query.parameters + [("before", before.map { "\($0)" }), ("limit", "\(limit)")]
    case .launch(let wait), .launchMany(let wait), .run(_, let wait): [("wait", wait.map { "\($0)" })]
    case .steps(_, let from, let limit): [("from", "\(from)"), ("limit", "\(limit)")]
    case .logs(_, let step, let after, let limit):
      [("step", step.map { "\($0)" }), ("after", "\(after)"), ("limit", "\(limit)")]
    case .events(_, let after, let incarnation): [("after", after.map { "\($0)" }), ("incarnation", incarnation)]
    default: []
    }
  }

  private static func escape(_ text: String, allowing extra: String = "") -> String {
    let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" + extra)
    return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
  }
}
