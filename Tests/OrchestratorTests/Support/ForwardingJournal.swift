// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// A journal in memory of which a test changes one thing or another.
protocol ForwardingJournal: Journal {
  var base: MemoryJournal { get }
}

extension ForwardingJournal {
  var history: any History { base.history }
  func open() async throws -> JournalOpening { try await base.open() }
  func read(after position: JournalPosition, limit: Int) async throws -> [StampedEvent] {
    try await base.read(after: position, limit: limit)
  }
  func append(_ batch: JournalBatch) async throws { try await base.append(batch) }
  func snapshot() async throws -> SnapshotReading { try await base.snapshot() }
  func save(_ snapshot: JournalSnapshot) async throws { try await base.save(snapshot) }
  func prune(_ policy: RetentionPolicy, at now: Timestamp) async throws -> PruningReport {
    try await base.prune(policy, at: now)
  }
}
