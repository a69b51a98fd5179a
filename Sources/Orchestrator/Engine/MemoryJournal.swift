// SPDX-License-Identifier: Apache-2.0

public import AssetModel
import Synchronization

/// A journal that lives and ends with the process: for embedding without durability, for simulation and for tests.
///
/// It passes the same conformance suite as the stores on disk. It keeps every event and row until it is pruned; rows are made when
/// somebody asks for one, so that a program that asks for none pays for none.
public final class MemoryJournal: Journal {
  private struct Contents: Sendable {
    var epoch: Epoch = 0
    var events = EventBatches()
    var snapshot: JournalSnapshot?
    var projector = Projector()
    var tables = MemoryTables()
    /// The position of the last event that the tables know.
    var projected: JournalPosition = 0

    var position: JournalPosition { events.end }

    /// Brings the tables up to date by one page; false once they are.
    mutating func project() -> Bool {
      let page = events.events(after: projected, limit: MemoryJournal.page)
      guard !page.isEmpty else { return false }
      tables.apply(projector.project(page, from: projected + 1))
      projected += JournalPosition(page.count)
      return true
    }
  }

  /// How many events become rows at once, while appends wait.
  static let page = 1_000

  private let incarnation: Incarnation
  private let contents = Mutex(Contents())

  /// An empty journal; the caller draws the incarnation at random, so that hosts and stored versions tell two of them apart.
  public init(incarnation: Incarnation) { self.incarnation = incarnation }

  public var history: any History { MemoryHistory(journal: self) }

  public func open() async throws -> JournalOpening {
    contents.withLock { contents in
      contents.epoch += 1
      return JournalOpening(
        incarnation: incarnation, epoch: contents.epoch, position: contents.position, beginning: contents.events.beginning)
    }
  }

  public func read(after position: JournalPosition, limit: Int) async throws -> [StampedEvent] {
    guard limit > 0 else { return [] }
    return try contents.withLock { contents in
      guard position >= contents.events.beginning else {
        throw JournalError.pruned(after: position, beginning: contents.events.beginning)
      }
      return contents.events.events(after: position, limit: limit)
    }
  }

  public func append(_ batch: JournalBatch) async throws {
    try contents.withLock { contents in
      try batch.admit(epoch: contents.epoch, position: contents.position)
      contents.events.append(batch.events)
    }
  }

  public func snapshot() async throws -> SnapshotReading { contents.withLock { SnapshotReading(newest: $0.snapshot) } }

  public func save(_ snapshot: JournalSnapshot) async throws {
    try contents.withLock { contents in
      try snapshot.admit(beginning: contents.events.beginning, end: contents.position)
      if contents.snapshot.map({ $0.position < snapshot.position }) ?? true { contents.snapshot = snapshot }
    }
  }

  public func prune(_ policy: RetentionPolicy, at now: Timestamp) async throws -> PruningReport {
    project()
    return contents.withLock { contents in
      guard let snapshot = contents.snapshot else {
        return PruningReport(runs: 0, events: 0, beginning: contents.events.beginning)
      }
      while contents.project() {}
      let (runs, cut) = contents.tables.prune(policy, at: now, before: snapshot.state.now)
      // Instants never go back: what happened before the launch of the oldest whole run comes first.
      let beginning = contents.events.beginning
      let old = contents.events.end(before: cut, through: snapshot.position)
      contents.events.remove(through: old)
      return PruningReport(runs: runs, events: old - beginning, beginning: old)
    }
  }

  /// Brings the tables nearly up to date, page by page, so that no append waits for all of it.
  private func project() { while contents.withLock({ $0.project() }) {} }

  /// Runs a query; the tables stay locked meanwhile.
  func query<Result: Sendable>(_ body: (borrowing MemoryTables) -> Result) -> Result {
    project()
    return contents.withLock { contents in
      while contents.project() {}
      return body(contents.tables)
    }
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
