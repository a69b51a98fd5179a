// SPDX-License-Identifier: Apache-2.0

public import AssetModel
import Synchronization

/// A journal that lives and ends with the process: for embedding without durability, for simulation and for tests.
///
/// It passes the same conformance suite as the stores on disk. It keeps every event and row, so it grows with its history.
public final class MemoryJournal: Journal {
  private struct Contents: Sendable {
    var epoch: Epoch = 0
    var events: [StampedEvent] = []
    var projector = Projector()
    var tables = MemoryTables()
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
        incarnation: incarnation, epoch: contents.epoch, position: JournalPosition(contents.events.count))
    }
  }

  public func read(after position: JournalPosition, limit: Int) async throws -> [StampedEvent] {
    contents.withLock { contents in
      guard position < contents.events.count else { return [] }
      return Array(contents.events[Int(position)...].prefix(max(0, limit)))
    }
  }

  public func append(_ batch: JournalBatch) async throws {
    try contents.withLock { contents in
      try batch.admit(epoch: contents.epoch, position: JournalPosition(contents.events.count))
      contents.tables.apply(contents.projector.project(batch.events, from: batch.after + 1))
      contents.events += batch.events
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
