// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation
import JournalCodec
package import Orchestrator
import Synchronization

/// A journal in a PostgreSQL database: durable at every append, led by one daemon at a time and read by any number.
///
/// Each batch and what it changes in the query tables is one transaction, which the server has made durable when `append` returns.
/// `open` takes the lease, which is renewed until `close`; without it a journal is a follower's, and serves `read`, `history`
/// and ``waitForChange(timeout:)``. Queries run on connections of their own and never wait for an append. No access blocks a
/// thread of the cooperative pool.
package final class PostgresJournal: Journal {
  let limits: PostgresLimits
  /// The database for people, without secrets.
  package let place: String
  let lease: Lease
  private let connector: Connector
  private let readers: ConnectionPool
  private let writers: ConnectionPool
  /// For snapshots and retention, so that appends need not wait for their connection.
  let upkeepers: ConnectionPool
  /// The epoch that `open` began; nil before.
  let reign = Mutex<Epoch?>(nil)
  /// Only who has the one writing connection uses it, so that nobody ever waits for it.
  private let batches = Mutex<BatchWriter?>(nil)
  /// Renews the lease while the journal is open. Unstructured, because it lives from one call to another.
  private let keeper = Mutex<Task<Void, Never>?>(nil)
  let renewals = Renewals()
  private let sighting = Mutex(LeaseSighting())
  private let changes: ChangeListener
  let manifests = ManifestCache()
  private let kept = Mutex(KeptManifests())

  /// Names a database; nothing is touched before `open`, or the first read.
  ///
  /// - Parameters:
  ///   - conninfo: As psql and every other libpq program takes it: `postgresql://user@host:5432/sluice?sslmode=verify-full`, or
  ///     `host=… dbname=…`. What it leaves out comes from the `PG*` variables, the password file and the service file. So this is
  ///     what `--store` names, as it is.
  ///   - name: How this daemon calls itself to others that want to lead; its host and process unless given.
  package init(conninfo: String, name: String? = nil, limits: PostgresLimits = PostgresLimits()) {
    let connector = Connector(conninfo: conninfo, limits: limits)
    let place = connector.place
    let name = name ?? "\(ProcessInfo.processInfo.hostName), process \(ProcessInfo.processInfo.processIdentifier)"
    let lease = Lease(token: .random(in: .min ... .max), name: name, length: limits.lease)
    self.limits = limits
    self.place = place
    self.lease = lease
    self.connector = connector
    changes = ChangeListener(connector: connector)
    let inspected: @Sendable () async throws -> Connection = {
      let connection = try await connector.connect()
      _ = try await Schema.inspect(connection, in: place)
      return connection
    }
    readers = ConnectionPool(limit: limits.readers, connect: inspected)
    upkeepers = ConnectionPool(limit: 1, connect: inspected)
    writers = ConnectionPool(limit: 1) {
      let connection = try await connector.connect()
      if try await Schema.inspect(connection, in: place) > 0 { try await lease.register(connection) }
      return connection
    }
  }

  deinit { keeper.withLock { $0?.cancel() } }

  package var history: any History { PostgresHistory(journal: self) }
}

// MARK: - Opening and closing

extension PostgresJournal {
  /// Creates the store where there is none, takes the lease, brings the tables up to date, and begins a reign.
  ///
  /// Opened again, it keeps the lease and begins another reign, on new connections: it is what is done after a failure.
  ///
  /// - Throws: ``JournalError`` with code `held` while another journal leads, saying which one and how long its lease runs.
  @discardableResult
  package func open() async throws -> JournalOpening {
    for pool in [writers, readers, upkeepers] { await pool.open() }
    let opening = try await write(.opening) { connection in
      let version = try await Schema.inspect(connection, in: self.place)
      if version == 0 { try await self.migrate(connection) }
      // Tables change under nobody's feet: only who leads brings them up to date.
      let taken = try await self.takeLease(connection)
      if version > 0, version < Schema.current { try await self.migrate(connection) }
      self.batches.withLock { $0 = nil }
      let bounds = try await JournalBounds(on: connection, in: self.place)
      return JournalOpening(
        incarnation: taken.incarnation, epoch: taken.epoch, position: taken.position, beginning: bounds.beginning)
    }
    reign.withLock { $0 = opening.epoch }
    keepLease(of: opening)
    return opening
  }

  /// Gives the lease up and closes the connections, once what is in progress has ended. A server that cannot be told lets the
  /// lease run out by itself. From now on every access is refused, until it is opened again.
  package func close() async {
    let keeper = keeper.withLock { keeper in
      defer { keeper = nil }
      return keeper
    }
    keeper?.cancel()
    if keeper != nil { try? await write(.closing) { try await self.lease.release($0) } }
    changes.stop()
    reign.withLock { $0 = nil }
    await writers.close()
    await readers.close()
    await upkeepers.close()
  }

  private func migrate(_ connection: Connection) async throws {
    try await Schema.migrate(connection, incarnation: .random(in: .min ... .max), limits: limits)
  }

  private func takeLease(_ connection: Connection) async throws -> JournalOpening {
    let before = try await Lease.leader(connection)
    let stale = before.flatMap { isStale($0) ? $0.mark : nil }
    if let opening = try await lease.take(connection, stale: stale) { return opening }
    guard let leader = try await Lease.leader(connection) else {
      throw JournalError(.held, "\(place) is held by a daemon whose lease ends just now: try again")
    }
    throw JournalError(
      .held,
      "\(place) is held by \(leader.name) (epoch \(leader.epoch)), whose lease runs for another "
        + "\(leader.remaining.milliseconds) ms: stop that daemon first, or follow it")
  }

  /// Whether a lease has not been renewed for longer than a leader that lives would leave it, whatever the server's clock says.
  func isStale(_ leader: StoreLeader) -> Bool {
    sighting.withLock { $0.isStale(leader.mark, at: .now, after: limits.unrenewed) }
  }

  private func keepLease(of opening: JournalOpening) {
    renewals.succeeded()
    let keeper = LeaseKeeper(lease: lease, epoch: opening.epoch, connector: connector, renewals: renewals)
    self.keeper.withLock { running in
      running?.cancel()
      running = Task { await keeper.run() }
    }
  }
}

// MARK: - Appending

extension PostgresJournal {
  /// On a connection of its own, so that no append waits for it.
  package func keep(_ manifest: Manifest, _ digest: ManifestDigest) async throws {
    let bytes = try JournalCodec.encode(manifest)
    do {
      _ = try await upkeepers.withConnection {
        try await $0.run([BatchWriter.manifests([(digest, bytes)]), BatchWriter.noteAhead(digest)])
      }
    } catch {
      throw journalError(error, .appending)
    }
    kept.withLock { $0.insert(digest) }
  }

  package func append(_ batch: JournalBatch) async throws {
    let encoded = try JournalCodec.encode(batch.events, leavingOut: kept.withLock(\.digests))
    try await write { connection in
      do {
        try await self.append(batch, encoded, on: connection)
      } catch let failure as ServerFailure where BatchWriter.lacksManifest(failure) {
        // Retention took it this very moment; nothing was appended, and its content goes along now.
        try await self.append(batch, JournalCodec.encode(batch.events), on: connection)
      }
    }
  }

  private func append(_ batch: JournalBatch, _ encoded: EncodedBatch, on connection: Connection) async throws {
    // Whatever fails, the next transaction starts from the rows.
    let kept = batches.withLock { writer in
      defer { writer = nil }
      return writer
    }
    do {
      if batch.events.isEmpty {
        try await connection.run([BatchWriter.fence(batch)])
        return batches.withLock { $0 = kept }
      }
      var writer = if let kept { kept } else { try await BatchWriter(from: connection) }
      try await writer.append(batch, encoded, on: connection)
      batches.withLock { $0 = writer }
    } catch let failure as ServerFailure where BatchWriter.isFenced(failure) {
      try await admit(batch, connection)
      throw failure
    }
  }

  /// Says why the fence has refused a batch.
  private func admit(_ batch: JournalBatch, _ connection: Connection) async throws {
    let rows = try await connection.run("SELECT epoch, position FROM sluice_store WHERE id = 1")
    guard let row = rows.first else { throw JournalError.lostFirstRecord(in: place) }
    try batch.admit(epoch: UInt64(bitPattern: try row.int(0)), position: UInt64(bitPattern: try row.int(1)))
  }

  /// Runs a body on the writing connection, outside of any transaction. Cancelling the caller's task does not interrupt it, so
  /// that an append is never half decided.
  @discardableResult
  package func write<Result: Sendable>(
    _ operation: StoreOperation = .appending, _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    do {
      return try await writers.withConnection(body)
    } catch {
      throw journalError(error, operation)
    }
  }
}

// MARK: - Reading and following

extension PostgresJournal {
  package func read(after position: JournalPosition, limit: Int) async throws -> [StampedEvent] {
    guard limit > 0, let position = Int64(exactly: position) else { return [] }
    return try await read { connection in
      try await JournalReader(connection: connection, place: self.place, manifests: self.manifests)
        .events(after: position, limit: limit)
    }
  }

  /// Who leads; nil where nobody does: it has stopped, or its lease has run out.
  package func leader() async throws -> StoreLeader? { try await read { try await Lease.leader($0) } }

  /// Waits until a leader has appended, begun or ended since the wait before this one; false where none was heard of in time.
  ///
  /// For the one loop of a follower, which then reads on and tries to open. What is announced while the server is away is
  /// missed, so the timeout is how late a follower may be: a fraction of the lease.
  package func waitForChange(timeout: Duration) async -> Bool { await changes.wait(atMost: timeout) }

  /// Runs a query on a reading connection; while the server is away it is tried again, for a while.
  package func read<Result: Sendable>(_ body: (Connection) async throws -> Result) async throws -> Result {
    let deadline = ContinuousClock.now + limits.patience
    var backoff = Backoff(limits)
    while true {
      do {
        return try await readers.withConnection(body)
      } catch let failure as ServerFailure where failure.isPassing && ContinuousClock.now < deadline {
        try await Task.sleep(for: backoff.delay())
      } catch {
        throw journalError(error, .reading)
      }
    }
  }

  func journalError(_ error: any Error, _ operation: StoreOperation) -> JournalError {
    switch error {
    case let error as JournalError: error
    case is PoolClosed: JournalError(.unavailable, "\(place) is not open: its journal was closed")
    case let failure as ServerFailure: failure.journalError(in: place, operation)
    default: JournalError(.unavailable, "cannot use \(place) (\(operation.rawValue)): \(error)")
    }
  }
}
