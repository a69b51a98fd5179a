// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Orchestrator

/// Events for tests: one of each kind at least, with every optional part present in one and absent in another.
package enum SampleEvents {
  package static let hourly = known { try AssetKey("weather/hourly") }
  package static let summary = known { try AssetKey("weather/daily_summary") }
  package static let weather = known { try LocationName("weather") }
  package static let digest = ManifestDigest("sha256:" + String(repeating: "0f9a", count: 16))
  package static let days = known {
    PartitionSpace.daily(
      try DailyWindows(first: CivilDate(daysSince1970: 15_706), last: nil, zone: Zone("America/New_York")))
  }

  /// Sample texts are well formed, which the suite itself shows.
  private static func known<Value>(_ make: () throws -> Value) -> Value {
    do {
      return try make()
    } catch {
      preconditionFailure("a sample is malformed: \(error)")
    }
  }

  static func at(_ second: Int64) -> Timestamp { Timestamp(microseconds: 1_383_451_200_000_000 + second * 1_000_123) }

  /// Events that differ from each other.
  package static func numbered(_ count: Int) -> [StampedEvent] {
    (0..<count).map { StampedEvent(at: at(Int64($0)), event: .capacityChanged(weather, slots: $0)) }
  }

  /// A manifest of more bytes than are stored in one transaction.
  package static let largeManifest = StampedEvent(
    at: at(9),
    event: .manifestAccepted(
      weather, ManifestDigest("large:digest"),
      Manifest(location: weather, version: String(repeating: "version ", count: 200_000), steps: [])))

  package static func launch(run: UInt64, days count: Int = 3, origin: RunOrigin = .manual) -> StampedEvent {
    StampedEvent(at: at(Int64(run)), event: .runLaunched(plan(run: run, days: count, origin: origin)))
  }

  /// A run of three nodes: one without partitions, one by day, and one that yields two assets by day.
  package static func plan(
    run: UInt64, days count: Int = 3, origin: RunOrigin = .manual, kind: RunKind = .materialize
  ) -> RunPlan {
    let partitions = PartitionSet(ranges: [2..<(2 + count), 100..<101])
    let nodes = [
      PlannedNode(
        location: weather, step: "stations", outputs: [known { try AssetKey("weather/stations") }], space: .single,
        partitions: [0], firstOrdinal: 0),
      PlannedNode(
        location: weather, step: "weather/hourly", outputs: [hourly], space: days, partitions: partitions, firstOrdinal: 1),
      PlannedNode(
        location: weather, step: "pair", outputs: [summary, known { try AssetKey("weather/daily_extremes") }], space: days,
        partitions: partitions, firstOrdinal: count + 2),
    ]
    return RunPlan(
      id: RunID(run), kind: kind, origin: origin, clientKey: run.isMultiple(of: 2) ? "key-\(run)" : nil,
      selection: "weather/hourly+", nodes: nodes, fixedUpstreams: [hourly: FixedUpstream(space: days, count: 365)],
      trace: run.isMultiple(of: 3) ? trace : nil)
  }

  package static let trace = TraceContext(
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: "vendor=1,other@tenant=x")

  package static let evaluations = [
    CheckEvaluation(
      check: CheckIdentity(name: "one row per airport and hour"), severity: .block, outcome: .failed,
      message: "3 hours appear twice", metadata: ["hours": .list(["EWR 1", "JFK 1"]), "rows": 75]),
    CheckEvaluation(check: CheckIdentity(name: "complete", version: "2"), severity: .warn, outcome: .passed),
    CheckEvaluation(check: CheckIdentity(name: "slow"), severity: .block, outcome: .timedOut, message: ""),
  ]

  package static let metadata: Metadata = [
    "int": .int(-3), "float": .float(.infinity), "text": "", "url": .url("https://example.org"), "path": .path("/tmp"),
    "json": .json("{}"), "markdown": .markdown("*a*"), "at": .timestamp(Timestamp(microseconds: -5)),
    "table": .table(MetadataTable(columns: ["a", "b"], rows: [["1", "2"], ["3"]])),
    "items": .items([.items([.int(1), .items([])]), "x"]),
  ]
}
