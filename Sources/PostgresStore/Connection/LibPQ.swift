// SPDX-License-Identifier: Apache-2.0

import CLibPQ

/// One libpq connection in non-blocking mode: the only place that sees its pointers.
///
/// Not safe for use by two threads at once: the actor that owns it is its only caller.
final class LibPQ {
  private let connection: OpaquePointer

  /// What a connection that is being made waits for.
  enum Progress {
    case reading, writing, done, failed
  }

  /// What the server has sent next.
  enum Answer {
    /// More must be received first.
    case pending
    case rows(ResultRows)
    case failure(ServerFailure)
    /// A statement that did not run because one before it failed.
    case skipped
    /// The end of one statement's answers.
    case end
    /// The end of the pipeline: what was sent before it is committed, or undone.
    case synchronized
  }

  /// Starts to connect; nil only where memory has run out. Looks up names, which may block the calling thread.
  ///
  /// - Parameter conninfo: As every libpq program takes it; what it leaves out comes from the `PG*` variables.
  init?(connecting conninfo: String) {
    let connection = Self.withCStrings(["dbname", "fallback_application_name", "client_encoding"]) { keywords in
      Self.withCStrings([conninfo, "sluice", "UTF8"]) { values in PQconnectStartParams(keywords, values, 1) }
    }
    guard let connection else { return nil }
    self.connection = connection
    PQsetNoticeProcessor(connection, { _, _ in }, nil)
  }

  deinit { PQfinish(connection) }

  var socket: Int32 { PQsocket(connection) }
  var isAlive: Bool { PQstatus(connection) == CONNECTION_OK }
  var isIdle: Bool { isAlive && PQtransactionStatus(connection) == PQTRANS_IDLE }
  var message: String { Self.text(PQerrorMessage(connection)).trimmed }

  /// Goes on connecting, once the socket is ready for what was asked.
  func poll() -> Progress {
    switch PQconnectPoll(connection) {
    case PGRES_POLLING_READING: .reading
    case PGRES_POLLING_WRITING: .writing
    case PGRES_POLLING_OK: .done
    default: .failed
    }
  }

  /// From now on statements are sent without waiting for answers, and no call blocks.
  func enterPipelineMode() -> Bool { PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1 }

  func prepare(_ name: String, _ sql: String) -> Bool { PQsendPrepare(connection, name, sql, 0, nil) == 1 }

  func execute(prepared name: String, _ parameters: EncodedParameters) -> Bool {
    parameters.withPointers { values, lengths, formats in
      PQsendQueryPrepared(connection, name, Int32(lengths.count), values, lengths, formats, 1) == 1
    }
  }

  func execute(_ sql: String, _ parameters: EncodedParameters) -> Bool {
    parameters.withPointers { values, lengths, formats in
      PQsendQueryParams(connection, sql, Int32(lengths.count), nil, values, lengths, formats, 1) == 1
    }
  }

  func synchronize() -> Bool { PQpipelineSync(connection) == 1 }

  /// Sends what is buffered; true where some is left because the socket takes no more, nil where the connection is lost.
  func flush() -> Bool? {
    switch PQflush(connection) {
    case 0: false
    case 1: true
    default: nil
    }
  }

  /// Takes in what has arrived; false where the connection is lost.
  func receive() -> Bool { PQconsumeInput(connection) == 1 }

  func next() -> Answer {
    if PQisBusy(connection) == 1 { return .pending }
    guard let result = PQgetResult(connection) else { return .end }
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK: return .rows(ResultRows(owning: result))
    case PGRES_PIPELINE_SYNC:
      PQclear(result)
      return .synchronized
    case PGRES_PIPELINE_ABORTED:
      PQclear(result)
      return .skipped
    default:
      defer { PQclear(result) }
      let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
      return .failure(ServerFailure(state.map { .refused($0) } ?? .lost, Self.text(PQresultErrorMessage(result)).trimmed))
    }
  }

  /// How many notifications have arrived since they were last counted.
  func notifications() -> Int {
    var count = 0
    while let notification = PQnotifies(connection) {
      PQfreemem(notification)
      count += 1
    }
    return count
  }
}

// MARK: - Connection strings

extension LibPQ {
  /// The options that a connection string names, or nil where it is malformed; without a connection, and without `PG*`.
  static func options(of conninfo: String) -> [String: String]? {
    PQconninfoParse(conninfo, nil).map { options(freeing: $0) }
  }

  /// The `connect_timeout` of the connection string, the environment or the service file, in seconds.
  var connectTimeout: Int? { PQconninfo(connection).flatMap { Self.options(freeing: $0)["connect_timeout"].flatMap { Int($0) } } }

  private static func options(freeing parsed: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
    defer { PQconninfoFree(parsed) }
    var options: [String: String] = [:]
    var next = parsed
    while let keyword = next.pointee.keyword {
      if let value = next.pointee.val { options[String(cString: keyword)] = String(cString: value) }
      next += 1
    }
    return options
  }

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
  private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }

  /// Lends texts as an array of C strings that a null ends.
  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    var bytes: [CChar] = []
    let starts = texts.map { text in
      defer { bytes += text.utf8CString }
      return bytes.count
    }
    return bytes.withUnsafeBufferPointer { bytes in
      let pointers = starts.map { start in bytes.baseAddress.map { $0 + start } } + [nil]
      return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
  }
}

/// The rows of one answer, in binary; freed with this value.
///
/// `@unchecked Sendable` is sound: a `PGresult` is read-only after its creation, and libpq lets any thread read it.
package final class ResultRows: @unchecked Sendable {
  private let result: OpaquePointer
  package let count: Int

  fileprivate init(owning result: OpaquePointer) {
    self.result = result
    count = Int(PQntuples(result))
  }

  deinit { PQclear(result) }

  /// Lends the bytes of a value, or nil for null and for what is not there.
  func withBytes<Result>(_ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
    let (row, column) = (Int32(row), Int32(column))
    guard row < count, column < PQnfields(result), PQgetisnull(result, row, column) == 0 else { return body(nil) }
    return body(UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column))))
  }
}

extension String {
  fileprivate var trimmed: String { String(reversed().drop { $0.isWhitespace }.reversed()) }
}
