// SPDX-License-Identifier: Apache-2.0

public import AssetModel
import Synchronization

/// A journal that lives and ends with the process: for embedding without durability, for simulation and for tests.
///
/// It passes the same conformance suite as the stores on disk. It keeps every event and row until it is pruned.
public final class MemoryJournal: Journal {
  private struct Contents: Sendable {
    var epoch: Epoch = 0
    /// Those after the beginning.
    var events: [StampedEvent] = []
    var beginning: JournalPosition = 0
    var snapshot: JournalSnapshot?
    var projector = Projector()
    var tables = MemoryTables()

    var position: JournalPosition { beginning + JournalPosition(events.count) }
  }

  private let incarnation: Incarnation
  private let contents = Mutex(Contents())

  /// An empty journal; the caller draws the incarnation at random, so that hosts and stored versions tell two of them apart.
  public init(incarnation: Incarnation) { self.incarnation = incarnation }

  public var history: any History { MemoryHistory(journal: self) }

  public func open() async throws -> JournalOpening {
    contents.withLock { contents in
      contents.epoch += 1
      return JournalOpening(
        incarnation: incarnation, epoch: contents.epoch, position: contents.position, beginning: contents.beginning)
    }
  }

  public func read(after position: JournalPosition, limit: Int) async throws -> [StampedEvent] {
    guard limit > 0 else { return [] }
    return try contents.withLock { contents in
      guard position >= contents.beginning else {
        throw JournalError.pruned(after: position, beginning: contents.beginning)
      }
      guard position < contents.position else { return [] }
      return Array(contents.events[Int(position - contents.beginning)...].prefix(limit))
    }
  }

  public func append(_ batch: JournalBatch) async throws {
    try contents.withLock { contents in
      try batch.admit(epoch: contents.epoch, position: contents.position)
      contents.tables.apply(contents.projector.project(batch.events, from: batch.after + 1))
      contents.events += batch.events
    }
  }

  public func snapshot() async throws -> SnapshotReading { contents.withLock { SnapshotReading(newest: $0.snapshot) } }

  public func save(_ snapshot: JournalSnapshot) async throws {
    try contents.withLock { contents in
      try snapshot.admit(beginning: contents.beginning, end: contents.position)
      if contents.snapshot.map({ $0.position < snapshot.position }) ?? true { contents.snapshot = snapshot }
    }
  }

  public func prune(_ policy: RetentionPolicy, at now: Timestamp) async throws -> PruningReport {
    contents.withLock { contents in
      guard let snapshot = contents.snapshot else {
        return PruningReport(runs: 0, events: 0, beginning: contents.beginning)
      }
      let (runs, cut) = contents.tables.prune(policy, at: now, before: snapshot.state.now)
      // Instants never go back: what happened before the launch of the oldest whole run comes first.
      let old = contents.events.prefix(Int(snapshot.position - contents.beginning)).prefix { event in
        cut.map { event.at < $0 } ?? true
      }
      let removed = UInt64(old.count)
      contents.events.removeFirst(old.count)
      contents.beginning += removed
      return PruningReport(runs: runs, events: removed, beginning: contents.beginning)
    }
  }

  /// Runs a query; the tables stay locked meanwhile.
  func query<Result: Sendable>(_ body: (borrowing MemoryTables) -> Result) -> Result {
    contents.withLock { body($0.tables) }
  }
}

extension JournalBatch {
  /// Lets a batch pass only where its epoch is the store's and it continues the journal.
  ///
  /// - Throws: ``JournalError`` with code `fenced` or `wrongPosition`; nothing may be appended then.
  package func admit(epoch current: Epoch, position: JournalPosition) throws(JournalError) {
    guard epoch == current else {
      throw JournalError(
        .fenced, "a batch of epoch \(epoch) was refused: the journal is in epoch \(current), held by a later daemon")
    }
    guard after == position else {
      throw JournalError(.wrongPosition, "a batch after event \(after) was refused: the journal ends at event \(position)")
    }
  }
}

extension JournalSnapshot {
  /// Lets a snapshot pass only where the journal can go on from it.
  ///
  /// - Throws: ``JournalError`` with code `wrongPosition`; nothing may be saved then.
  package func admit(beginning: JournalPosition, end: JournalPosition) throws(JournalError) {
    guard position >= beginning, position <= end else {
      throw JournalError(
        .wrongPosition,
        "a snapshot at event \(position) was refused: the journal has the events after \(beginning) up to \(end)")
    }
  }
}
