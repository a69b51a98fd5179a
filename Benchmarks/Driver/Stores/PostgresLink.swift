// SPDX-License-Identifier: Apache-2.0

import CLibPQ

/// A connection to PostgreSQL that blocks its thread: for measuring, where nothing else is to be done meanwhile.
///
/// The only place here that sees libpq's pointers.
final class PostgresLink {
  private let connection: OpaquePointer

  init(_ conninfo: String) throws {
    guard let connection = PQconnectdb(conninfo) else { throw BenchmarkError("libpq has no memory") }
    self.connection = connection
    guard PQstatus(connection) == CONNECTION_OK else { throw problem() }
    PQsetNoticeProcessor(connection, { _, _ in }, nil)
  }

  deinit { PQfinish(connection) }

  /// Executes statements that answer with nothing.
  func execute(_ sql: String) throws { try done(PQexec(connection, sql)) }

  /// The first row of an answer, as texts.
  func row(_ sql: String) throws -> [String] {
    let result = PQexec(connection, sql)
    defer { PQclear(result) }
    guard PQresultStatus(result) == PGRES_TUPLES_OK, PQntuples(result) > 0 else { throw problem() }
    return (0..<PQnfields(result)).map { String(cString: PQgetvalue(result, 0, $0)) }
  }

  func prepare(_ name: String, _ sql: String) throws { try done(PQprepare(connection, name, sql, 0, nil)) }

  /// Executes a prepared statement with one binary parameter, which answers with nothing.
  func execute(prepared name: String, _ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { buffer in
      let values = [buffer.baseAddress?.assumingMemoryBound(to: CChar.self)]
      try done(PQexecPrepared(connection, name, 1, values, [Int32(buffer.count)], [1], 0))
    }
  }

  private func done(_ result: OpaquePointer?) throws {
    defer { PQclear(result) }
    guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw problem() }
  }

  private func problem() -> BenchmarkError { BenchmarkError("PostgreSQL: \(String(cString: PQerrorMessage(connection)))") }
}
