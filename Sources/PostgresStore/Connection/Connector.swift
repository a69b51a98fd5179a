// SPDX-License-Identifier: Apache-2.0

/// Makes connections to one database.
struct Connector: Sendable {
  let conninfo: String
  let limits: PostgresLimits

  func connect() async throws -> Connection { try await Connection.open(conninfo, limits: limits) }

  /// What messages call the database; names no user and no password.
  var place: String {
    let options = LibPQ.options(of: conninfo) ?? [:]
    let host = options["host"] ?? options["hostaddr"]
    let name = options["dbname"].map { "the PostgreSQL database '\($0)'" } ?? "the PostgreSQL database"
    return host.map { "\(name) on \($0)" } ?? name
  }
}
