// SPDX-License-Identifier: Apache-2.0

import Foundation
import PostgresStore

/// The server that scripts/test.sh starts, and databases of a test's own on it.
enum TestServer {
  struct Missing: Error, CustomStringConvertible {
    let description = "no PostgreSQL server for tests: SLUICE_TEST_POSTGRES is not set; run scripts/test.sh, which starts one"
  }

  /// The connection string of a role that may make databases and roles.
  static func conninfo() throws -> String {
    guard let conninfo = ProcessInfo.processInfo.environment["SLUICE_TEST_POSTGRES"] else { throw Missing() }
    return conninfo
  }

  static func admin() async throws -> Connection {
    var limits = PostgresLimits()
    // The server makes and drops databases one at a time.
    limits.response = .seconds(300)
    return try await Connection.open(conninfo(), limits: limits)
  }

  /// Runs a body with a database of its own, and drops it.
  static func withDatabase(_ options: String = "", _ body: (TestDatabase) async throws -> Void) async throws {
    let database = TestDatabase(
      name: "sluice_\(UUID().uuidString.lowercased().replacing("-", with: "_"))", server: try conninfo())
    try await run("CREATE DATABASE \(database.name) \(options)")
    do {
      try await body(database)
    } catch {
      try await run("DROP DATABASE \(database.name) WITH (FORCE)")
      throw error
    }
    try await run("DROP DATABASE \(database.name) WITH (FORCE)")
  }

  static func run(_ sql: String) async throws {
    let admin = try await admin()
    try await admin.run(sql, isPrepared: false)
    await admin.close()
  }
}

/// A database of a test's own.
struct TestDatabase: Sendable {
  let name: String
  let server: String

  var conninfo: String { "\(server) dbname=\(name)" }

  func journal(_ name: String = "first", _ change: (inout PostgresLimits) -> Void = { _ in }) -> PostgresJournal {
    var limits = PostgresLimits()
    change(&limits)
    return PostgresJournal(conninfo: conninfo, name: name, limits: limits)
  }

  /// A connection of the test's own.
  func connect() async throws -> Connection { try await Connection.open(conninfo, limits: PostgresLimits()) }
}
