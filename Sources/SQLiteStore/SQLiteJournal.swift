// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Dispatch
package import Foundation
package import GRDB
import JournalCodec
package import Orchestrator
import Synchronization

/// A journal in an SQLite file of a data directory: durable at every append, held by one process at a time.
///
/// Each batch and what it changes in the query tables is one transaction, synced to the disk before `append` returns. Queries run
/// on connections of their own and never wait for an append. No access blocks a thread of the cooperative pool.
package final class SQLiteJournal: Journal {
  private struct Session: Sendable {
    let lock: DirectoryLock
    let pool: DatabasePool
    let end: EndMarkFile
    let log: Checkpointer
    /// Before the pool in age, behind it in death: the pool's writing connection tells it of commits.
    let gauge: LogGauge
  }

  private let files: StoreFiles
  private let session = Mutex<Session?>(nil)
  /// Only transactions of the one writing connection use it, so that nobody ever waits for it.
  private let writer = Mutex<BatchWriter?>(nil)
  private let kept = Mutex(KeptManifests())
  private let limits: LogLimits
  /// Told what whoever runs the store should know, though nothing is wrong with it.
  private let tell: @Sendable (String) -> Void

  /// How many connections serve queries.
  package static let readers = 4
  /// How long an access waits for another program that has locked the file.
  package static let busyTimeout: TimeInterval = 2

  /// Names a data directory; nothing is touched before `open`.
  ///
  /// - Parameters:
  ///   - limits: When the log is moved into the journal's file.
  ///   - tell: Told what whoever runs the store should know, though nothing is wrong with it: that it is a copy, and of when.
  package init(directory: URL, limits: LogLimits = LogLimits(), tell: @escaping @Sendable (String) -> Void = { _ in }) {
    files = StoreFiles(directory: directory.standardizedFileURL)
    self.limits = limits
    self.tell = tell
  }

  /// How often the log was moved into the journal's file since the store was opened.
  package var logMoves: Int { session.withLock { $0?.log.moves ?? 0 } }

  package var history: any History { SQLiteHistory(journal: self) }

  var journalPath: String { files.journal.path }
}

// MARK: - Opening and closing

extension SQLiteJournal {
  /// Takes the directory, checks the store or creates it, brings its tables up to date, and begins a reign.
  ///
  /// Opened again, it keeps the directory and begins another reign.
  package func open() async throws -> JournalOpening {
    try await connect()
    return try await write(.opening) { database, _ in
      try database.execute(sql: "UPDATE store SET epoch = epoch + 1 WHERE id = 1")
      let bounds = try JournalBounds(of: database)
      return JournalOpening(
        incarnation: bounds.incarnation, epoch: bounds.epoch, position: bounds.end, beginning: bounds.beginning)
    }
  }

  /// Lets go of the directory; pending accesses end first.
  package func close() throws {
    let held = session.withLock { session in
      defer { session = nil }
      return session
    }
    writer.withLock { $0 = nil }
    guard let held else { return }
    try StoreFailure.mapped(files.journal.path, .closing) {
      held.pool.writeWithoutTransaction { held.log.finish(on: $0) }
      held.log.close()
      try held.pool.close()
    }
    held.end.finish()
  }

  /// Connects where that has not happened yet, on a thread that may block.
  private func connect() async throws {
    if session.withLock({ $0 != nil }) { return }
    let connected = try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { [self] in continuation.resume(with: Swift.Result { try makeSession() }) }
    }
    session.withLock { $0 = connected }
  }

  private func makeSession() throws(JournalError) -> Session {
    let exposure = try files.makeDirectory()
    let lock = try DirectoryLock(directory: files.directory)
    for note in [exposure, try files.tighten()].compactMap(\.self) { tell(note) }
    let (gauge, watch) = (LogGauge(), CopyWatch(limits: limits))
    let (pool, log, finding) = try StoreFailure.mapped(files.journal.path, .opening) {
      try files.createIfMissing()
      let finding = try StoreInspection(files: files).run()
      let pool = try openPool(gauge, watch)
      return (pool, try Checkpointer(files, gauge: gauge, watch: watch, limits: limits, tell: tell), finding)
    }
    if let note = finding.note { tell(note) }
    return Session(lock: lock, pool: pool, end: try EndMarkFile(path: files.end.path, finding.mark), log: log, gauge: gauge)
  }

  private func openPool(_ gauge: LogGauge, _ watch: CopyWatch) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.label = "sluice.journal"
    configuration.foreignKeysEnabled = false
    configuration.maximumReaderCount = Self.readers
    configuration.busyMode = .timeout(Self.busyTimeout)
    configuration.prepareDatabase { database in
      // The log is opened with the first access.
      _ = try database.schemaVersion()
      watch.excuseOwn()
    }
    let pool = try DatabasePool(path: files.journal.path, configuration: configuration)
    try pool.writeWithoutTransaction { database in
      // The pool has set it to NORMAL, under which a power cut loses what was acknowledged.
      try database.execute(sql: "PRAGMA synchronous = FULL")
      guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
        throw JournalError(.unavailable, "\(files.journal.path) cannot be written durably: SQLite refuses synchronous = FULL")
      }
      gauge.attach(to: database)
      try Schema.migrate(database)
      try ManifestTable(database: database).tidy()
    }
    return pool
  }
}

// MARK: - Reading and appending

extension SQLiteJournal {
  package func read(after position: JournalPosition, limit: Int) async throws -> [StampedEvent] {
    guard limit > 0 else { return [] }
    let path = files.journal.path
    return try await read { database in
      try JournalReader(database: database, path: path).events(after: position, limit: limit)
    }
  }

  package func keep(_ manifest: Manifest, _ digest: ManifestDigest) async throws {
    var isThere = try await maintain { database in
      let table = ManifestTable(database: database)
      try table.noteAhead(digest)
      return try table.has(digest)
    }
    if !isThere { isThere = try await store(JournalCodec.encode(manifest), of: digest) }
    // What retention has taken from it meanwhile is stored with the event that names it.
    if isThere { kept.withLock { $0.insert(digest) } }
  }

  /// Stores a manifest, where it is large in pieces, between two of which appends take their turn.
  private func store(_ manifest: Data, of digest: ManifestDigest) async throws -> Bool {
    let pieces = ManifestTable.pieces(of: manifest)
    guard pieces.count > 1 else {
      return try await maintain { database in
        let table = ManifestTable(database: database)
        try table.noteAhead(digest)
        try table.store(manifest, of: digest)
        return true
      }
    }
    for (number, piece) in pieces.enumerated() {
      try await maintain { database in
        let table = ManifestTable(database: database)
        try table.noteAhead(digest)
        try table.store(piece: piece, number: number, of: digest)
      }
    }
    return try await maintain { try ManifestTable(database: $0).finish(digest, pieces: pieces.count) }
  }

  package func append(_ batch: JournalBatch) async throws {
    let encoded = try JournalCodec.encode(batch.events, leavingOut: kept.withLock(\.digests))
    try await write { database, writer in
      let bounds = try JournalBounds(of: database)
      try batch.admit(epoch: bounds.epoch, position: bounds.end)
      try writer.append(batch, encoded, to: database)
    }
    session.withLock { $0?.end }?.raise(to: batch.after + JournalPosition(batch.events.count))
  }

  /// Runs a query on a reading connection.
  package func read<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) async throws -> Result {
    let pool = try pool()
    let path = files.journal.path
    do {
      return try await pool.read { database in try StoreFailure.mapped(path, .reading, on: database) { try body(database) } }
    } catch {
      throw StoreFailure.journalError(error, path: path, .reading)
    }
  }

  /// Runs a body on the writing connection, outside of any transaction: for maintenance.
  package func withWriter<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) async throws -> Result {
    let pool = try pool()
    let path = files.journal.path
    do {
      return try await pool.writeWithoutTransaction { database in
        try StoreFailure.mapped(path, .upkeep, on: database) { try body(database) }
      }
    } catch {
      throw StoreFailure.journalError(error, path: path, .upkeep)
    }
  }

  /// Runs a transaction. Cancelling the caller's task does not interrupt it, so that an append is never half decided.
  private func write<Result: Sendable>(
    _ operation: StoreOperation = .appending, _ body: @escaping @Sendable (Database, inout BatchWriter) throws -> Result
  ) async throws -> Result {
    let pool = try pool()
    return try await withCheckedThrowingContinuation { continuation in
      pool.asyncWriteWithoutTransaction { [self] database in
        continuation.resume(with: Swift.Result { try transaction(operation, in: database, body) })
        moveLog(database)
      }
    }
  }

  /// Runs a transaction that appends nothing and changes no row that the writer remembers.
  func maintain<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws -> Result {
    let pool = try pool()
    return try await withCheckedThrowingContinuation { continuation in
      pool.asyncWriteWithoutTransaction { [self] database in
        continuation.resume(
          with: Swift.Result {
            try StoreFailure.mapped(files.journal.path, .upkeep, on: database) {
              var result: Result?
              try database.inTransaction(.immediate) {
                result = try body(database)
                return .commit
              }
              guard let result else { throw JournalError(.unavailable, "a transaction on \(files.journal.path) did not run") }
              return result
            }
          })
        moveLog(database)
      }
    }
  }

  /// Keeps the log small, once whoever waited for a transaction knows how it ended.
  private func moveLog(_ database: Database) { session.withLock { $0?.log }?.run(on: database) }

  private func transaction<Result: Sendable>(
    _ operation: StoreOperation, in database: Database, _ body: (Database, inout BatchWriter) throws -> Result
  ) throws(JournalError) -> Result {
    try StoreFailure.mapped(files.journal.path, operation, on: database) {
      // Whatever fails, the next transaction starts from the rows.
      var kept = writer.withLock { writer in
        defer { writer = nil }
        return writer
      }
      var result: Result?
      try database.inTransaction(.immediate) {
        var current = try kept.take() ?? BatchWriter(from: database)
        result = try body(database, &current)
        kept = current
        return .commit
      }
      writer.withLock { $0 = kept }
      guard let result else { throw JournalError(.unavailable, "a transaction on \(files.journal.path) did not run") }
      return result
    }
  }

  private func pool() throws(JournalError) -> DatabasePool {
    guard let pool = session.withLock({ $0?.pool }) else {
      throw JournalError(.unavailable, "the store in \(files.directory.path) is not open")
    }
    return pool
  }
}
