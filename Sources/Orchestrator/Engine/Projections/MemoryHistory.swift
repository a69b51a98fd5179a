// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// The queries over a memory journal.
struct MemoryHistory: History {
  let journal: MemoryJournal

  func runs(before: RunID?, limit: Int) async -> [RunRecord] { journal.query { $0.runs(before: before, limit: limit) } }
  func runs(_ filter: RunFilter, before: RunID?, limit: Int) async -> RunPage {
    journal.query { $0.runs(filter, before: before, limit: limit) }
  }
  func run(_ id: RunID) async -> RunRecord? { journal.query { $0.run(id) } }

  func steps(of run: RunID, from ordinal: Int, limit: Int) async -> [StepRecord] {
    journal.query { $0.steps(of: run, from: ordinal, limit: limit) }
  }

  func versions(of target: AssetPartition, limit: Int) async -> [VersionRecord] {
    journal.query { $0.versions(of: target, limit: limit) }
  }

  func versions(_ references: [VersionRef]) async -> [VersionRecord] {
    journal.query { tables in Set(references).sorted().compactMap { tables.version($0) }.withinBudget() }
  }

  func places(of references: [VersionRef]) async -> [VersionPlace] {
    journal.query { tables in
      Set(references).compactMap { tables.version($0) }
        .map { VersionPlace(version: $0.version, decision: $0.decision, locator: $0.locator) }
    }
  }

  func evaluations(of version: VersionRef) async -> [EvaluationRecord] { journal.query { $0.evaluations(of: version) } }
  func checks(on version: VersionRef) async -> [CheckIdentity] {
    journal.query { $0.newestEvaluations(of: version).map(\.evaluation.check).sorted() }
  }

  func latestSteps(of asset: AssetKey, in partitions: [PartitionKey]) async -> [PartitionKey: StepRecord] {
    journal.query { $0.latestSteps(of: asset, in: partitions) }
  }

  func attempts(of steps: [StepID]) async -> [AttemptRecord] { journal.query { $0.attempts(of: steps) } }

  func logs(of run: RunID, step ordinal: Int?, after: UInt64, limit: Int) async -> [LogRecord] {
    journal.query { $0.logs(of: run, step: ordinal, after: after, limit: limit) }
  }

  func ticks(of schedule: ScheduleID, limit: Int) async -> [TickRecord] {
    journal.query { $0.ticks(of: schedule, limit: limit) }
  }
}
