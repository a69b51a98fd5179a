// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// One connection to the server, for one user at a time: who has it runs one pipeline after the other.
///
/// An actor on a queue of its own: libpq is called on that queue only, and never by a thread of the cooperative pool. Waiting
/// for the server holds no thread at all. Cancelling a task does not interrupt it, so that nothing is left half sent.
package actor Connection {
  private let executor = QueueExecutor(label: "sluice.postgres")
  private let limits: PostgresLimits
  /// nil once the connection is closed.
  private var libpq: LibPQ?
  /// What the server has prepared, by SQL.
  private var names: [String: String] = [:]
  private var lastName = 0

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private init(limits: PostgresLimits) { self.limits = limits }

  /// Connects.
  ///
  /// - Parameter conninfo: As every libpq program takes it; what it leaves out comes from the `PG*` variables.
  /// - Throws: ``ServerFailure``.
  package static func open(_ conninfo: String, limits: PostgresLimits) async throws -> Connection {
    let connection = Connection(limits: limits)
    try await connection.connect(conninfo)
    return connection
  }

  /// Whether it can be given another pipeline; notices when the server has closed it.
  var isUsable: Bool {
    guard let libpq else { return false }
    // The server's farewell and the end of its stream take a read each.
    let isOpen = libpq.receive() && libpq.receive()
    return isOpen && libpq.isIdle
  }

  package func close() { libpq = nil }

  private func connect(_ conninfo: String) async throws(ServerFailure) {
    guard LibPQ.options(of: conninfo) != nil else { throw .malformedConninfo }
    guard let libpq = LibPQ(connecting: conninfo) else { throw ServerFailure(.lost, "no memory is left") }
    let bound = libpq.connectTimeout.flatMap { $0 > 0 ? Duration.seconds($0) : nil } ?? limits.connect
    let deadline = ContinuousClock.now + bound
    var progress = LibPQ.Progress.writing
    while progress != .done {
      guard progress != .failed, libpq.socket >= 0 else { throw ServerFailure(.lost, libpq.message) }
      let isReady = await SocketWait.ready(
        libpq.socket, writing: progress == .writing, reading: progress == .reading, within: deadline - .now, on: executor.queue)
      guard isReady else { throw ServerFailure(.silent, "did not let us connect within \(bound)") }
      progress = libpq.poll()
    }
    guard libpq.enterPipelineMode() else { throw ServerFailure(.lost, libpq.message) }
    self.libpq = libpq
    try await run([SessionSettings.statement(limits)])
  }
}

// MARK: - Pipelines

extension Connection {
  /// Runs statements in one round trip, as one transaction unless they begin one themselves; returns the rows of each.
  ///
  /// - Parameter patience: How long the server may be silent; the usual bound where left out.
  /// - Throws: ``ServerFailure``: that of the first statement that failed; nothing of the pipeline is done then.
  @discardableResult
  package func run(_ statements: [Statement], patience: Duration? = nil) async throws(ServerFailure) -> [ResultRows] {
    guard let libpq else { throw ServerFailure(.lost, "the connection is closed") }
    do {
      let preparations = try send(statements, to: libpq)
      return try await answers(to: preparations, from: libpq, patience: patience ?? limits.response)
    } catch {
      if case .refused = error.kind, libpq.isAlive { throw error }
      self.libpq = nil
      throw error
    }
  }

  /// Runs one statement.
  @discardableResult
  package func run(_ sql: String, _ parameters: [Parameter] = [], isPrepared: Bool = true) async throws(ServerFailure)
    -> ResultRows
  {
    let statement = Statement(sql, parameters, isPrepared: isPrepared)
    let answers = try await run([statement])
    guard let rows = answers.last else { throw ServerFailure(.lost, "the server gave no answer") }
    return rows
  }

  /// What a pipeline holds, in order: statements, and what prepares them.
  private enum Sent {
    case statement
    case preparation(sql: String, name: String)
  }

  private func send(_ statements: [Statement], to libpq: LibPQ) throws(ServerFailure) -> [Sent] {
    var sent: [Sent] = []
    var preparing: [String: String] = [:]
    var isSent = true
    for statement in statements {
      let parameters = EncodedParameters(statement.parameters)
      if !statement.isPrepared {
        isSent = isSent && libpq.execute(statement.sql, parameters)
      } else if let name = names[statement.sql] ?? preparing[statement.sql] {
        isSent = isSent && libpq.execute(prepared: name, parameters)
      } else {
        lastName += 1
        let name = "s\(lastName)"
        preparing[statement.sql] = name
        isSent = isSent && libpq.prepare(name, statement.sql) && libpq.execute(prepared: name, parameters)
        sent.append(.preparation(sql: statement.sql, name: name))
      }
      sent.append(.statement)
    }
    guard isSent, libpq.synchronize() else { throw ServerFailure(.lost, libpq.message) }
    return sent
  }

  private func answers(
    to sent: [Sent], from libpq: LibPQ, patience: Duration
  ) async throws(ServerFailure) -> [ResultRows] {
    var results: [ResultRows] = []
    var failure: ServerFailure?
    var answered = 0
    try await flush(libpq, patience)
    while true {
      switch libpq.next() {
      case .pending: try await receive(libpq, patience)
      case .end where !libpq.isAlive || answered > sent.count: throw failure ?? ServerFailure(.lost, libpq.message)
      case .end: answered += 1
      case .skipped: break
      case .failure(let said): failure = failure ?? said
      case .rows(let rows):
        switch sent.indices.contains(answered) ? sent[answered] : .statement {
        case .statement: results.append(rows)
        case .preparation(let sql, let name): names[sql] = name
        }
      case .synchronized:
        if let failure { throw failure }
        return results
      }
    }
  }

  /// Sends what is buffered, and takes in answers meanwhile: a server that cannot send would not read on.
  private func flush(_ libpq: LibPQ, _ patience: Duration) async throws(ServerFailure) {
    while true {
      guard let isLeft = libpq.flush() else { throw ServerFailure(.lost, libpq.message) }
      if !isLeft { return }
      try await receive(libpq, patience, writing: true)
    }
  }

  private func receive(_ libpq: LibPQ, _ patience: Duration, writing: Bool = false) async throws(ServerFailure) {
    guard await SocketWait.ready(libpq.socket, writing: writing, within: patience, on: executor.queue) else {
      throw ServerFailure(.silent, "did not answer within \(patience)")
    }
    guard libpq.receive() else { throw ServerFailure(.lost, libpq.message) }
  }
}

// MARK: - Notifications

extension Connection {
  /// Waits for a notification on a channel that this session listens to; false where none came in time.
  func waitForNotification(within timeout: Duration) async throws(ServerFailure) -> Bool {
    let deadline = ContinuousClock.now + timeout
    while true {
      guard let libpq else { throw ServerFailure(.lost, "the connection is closed") }
      guard libpq.isAlive else { throw ServerFailure(.lost, libpq.message) }
      if libpq.notifications() > 0 { return true }
      guard await SocketWait.ready(libpq.socket, writing: false, within: deadline - .now, on: executor.queue) else {
        return false
      }
      guard libpq.receive() else { throw ServerFailure(.lost, libpq.message) }
    }
  }
}

extension ServerFailure {
  /// Says nothing of the string itself: it may hold a password.
  fileprivate static let malformedConninfo = ServerFailure(
    .malformed,
    "the connection string is malformed: write postgresql://user@host:5432/database?sslmode=verify-full, or "
      + "host=… dbname=… as for psql")
}
