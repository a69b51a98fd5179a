// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
import Orchestrator

/// Reads back what the grants of unfinished runs bound.
struct GrantsInFlight {
  let connection: Connection

  /// Three round trips, however many there are.
  func load(of runs: [RunID]) async throws -> [StepID: GrantedWork] {
    let rows = try await connection.run(
      """
      SELECT step.id, step.phase, step.attempts, step.version, step.versions, step.granted_at,
        step.started_at
      FROM unnest($1::int8[], $2::int8[]) AS run (first, last)
      JOIN sluice_step AS step ON step.id BETWEEN run.first AND run.last WHERE step.version IS NOT NULL
      """, [.ints(runs.map { RowNumber.first(of: $0) }), .ints(runs.map { RowNumber.last(of: $0) })])
    var granted: [(row: Row, versions: [Int64])] = []
    for row in rows {
      guard try RowCodes.phase.value(row.int(1)).isInFlight else { continue }
      let versions = try row.optionalData(4).map { try RowNumbers.decode($0) } ?? [try row.int(3)]
      granted.append((row, versions))
    }
    let targets = try await targets(Set(granted.flatMap { $0.versions.map(RowNumber.target(ofVersion:)) }).sorted())
    var grants: [StepID: GrantedWork] = [:]
    for (row, versions) in granted {
      grants[RowNumber.step(try row.int(0))] = GrantedWork(
        attempt: Int(try row.int(2)), inputs: [], versions: try versions.map { try Self.reference($0, targets) },
        grantedAt: row.instant(5), startedAt: row.instant(6))
    }
    return grants
  }

  private func targets(_ ids: [Int64]) async throws -> [Int64: AssetPartition] {
    let rows = try await connection.run(
      """
      SELECT target.id, a.text, p.text FROM unnest($1::int8[]) AS wanted (id)
      JOIN sluice_target AS target ON target.id = wanted.id
      JOIN sluice_term AS a ON a.id = target.asset JOIN sluice_term AS p ON p.id = target.partition
      """, [.ints(ids)])
    var targets: [Int64: AssetPartition] = [:]
    for row in rows {
      targets[try row.int(0)] = AssetPartition(try AssetKey(row.text(1)), PartitionKey(try row.text(2)))
    }
    return targets
  }

  private static func reference(_ version: Int64, _ targets: [Int64: AssetPartition]) throws(JournalError) -> VersionRef {
    guard let target = targets[RowNumber.target(ofVersion: version)] else {
      throw JournalError(.damaged, "a step names a version whose asset partition is not known")
    }
    return VersionRef(target, RowNumber.number(ofVersion: version))
  }
}
