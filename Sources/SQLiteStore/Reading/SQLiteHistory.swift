// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// The queries over a store's tables, each on a consistent view of one instant.
struct SQLiteHistory: History {
  let journal: SQLiteJournal

  func runs(before: RunID?, limit: Int) async throws -> [RunRecord] {
    try await journal.read { try RunReader(database: $0).runs(before: before, limit: limit) }
  }

  func runs(_ filter: RunFilter, before: RunID?, limit: Int) async throws -> RunPage {
    try await journal.read { try RunReader(database: $0).runs(filter, before: before, limit: limit) }
  }

  func run(_ id: RunID) async throws -> RunRecord? {
    try await journal.read { try RunReader(database: $0).run(id) }
  }

  func steps(of run: RunID, from ordinal: Int, limit: Int) async throws -> [StepRecord] {
    try await journal.read { try RunReader(database: $0).steps(of: run, from: ordinal, limit: limit) }
  }

  func versions(of target: AssetPartition, limit: Int) async throws -> [VersionRecord] {
    try await journal.read { try VersionReader(database: $0).versions(of: target, limit: limit) }
  }

  func versions(_ references: [VersionRef]) async throws -> [VersionRecord] {
    try await journal.read { database in
      let reader = VersionReader(database: database)
      var budget = DetailBudget()
      return try Set(references).sorted().compactMap { try reader.version($0, &budget) }
    }
  }

  func places(of references: [VersionRef]) async throws -> [VersionPlace] {
    try await journal.read { database in
      let reader = VersionReader(database: database)
      return try Set(references).compactMap { try reader.place(of: $0) }
    }
  }

  func evaluations(of version: VersionRef) async throws -> [EvaluationRecord] {
    try await journal.read { try VersionReader(database: $0).evaluations(of: version) }
  }

  func checks(on version: VersionRef) async throws -> [CheckIdentity] {
    try await journal.read { try VersionReader(database: $0).checks(on: version) }
  }

  func latestSteps(of asset: AssetKey, in partitions: [PartitionKey]) async throws -> [PartitionKey: StepRecord] {
    try await journal.read { try RunReader(database: $0).latestSteps(of: asset, in: partitions) }
  }

  func attempts(of steps: [StepID]) async throws -> [AttemptRecord] {
    try await journal.read { try AttemptReader(database: $0).attempts(of: steps) }
  }

  func logs(of run: RunID, step ordinal: Int?, after: UInt64, limit: Int) async throws -> [LogRecord] {
    try await journal.read { try RunReader(database: $0).logs(of: run, step: ordinal, after: after, limit: limit) }
  }

  func ticks(of schedule: ScheduleID, limit: Int) async throws -> [TickRecord] {
    try await journal.read { try RunReader(database: $0).ticks(of: schedule, limit: limit) }
  }
}
