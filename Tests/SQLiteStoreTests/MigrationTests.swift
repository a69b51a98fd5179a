// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import SQLiteStore
import Testing

@Suite struct MigrationTests {
  private let database: DatabaseQueue

  init() throws {
    database = try DatabaseQueue()
    try database.write { try Schema.create(in: $0, incarnation: 7) }
  }

  private func migrate(by list: [Schema.Migration]) throws -> Int {
    try database.writeWithoutTransaction { database in
      try Schema.migrate(database, by: list)
      return try Schema.version(of: database)
    }
  }

  private static let second = Schema.Migration(
    number: Schema.current + 1, sql: "CREATE TABLE second (id INTEGER)")
  private static let third = Schema.Migration(
    number: Schema.current + 2, sql: "CREATE TABLE third (id INTEGER); INSERT INTO second VALUES (3)")

  @Test func `a new store has the tables of the newest version`() throws {
    #expect(try database.read { try Schema.version(of: $0) } == Schema.current)
    #expect(Schema.migrations.count == Schema.current)
  }

  @Test func `an older store is brought up to date, and what is applied is not applied again`() throws {
    #expect(try migrate(by: Schema.migrations + [Self.second]) == Schema.current + 1)
    #expect(try migrate(by: Schema.migrations + [Self.second, Self.third]) == Schema.current + 2)
    #expect(try migrate(by: Schema.migrations + [Self.second, Self.third]) == Schema.current + 2)
    #expect(try database.read { try Int.fetchAll($0, sql: "SELECT id FROM second") } == [3])
  }

  @Test func `a migration that fails leaves nothing behind, and those before it stay`() throws {
    let broken = Schema.Migration(
      number: Schema.current + 2, sql: "CREATE TABLE third (id INTEGER); INSERT INTO nowhere VALUES (1)")
    #expect(throws: DatabaseError.self) { try migrate(by: Schema.migrations + [Self.second, broken]) }
    #expect(try database.read { try Schema.version(of: $0) } == Schema.current + 1)
    #expect(try database.read { try $0.tableExists("third") } == false)
  }

  @Test func `plans of an older store move out of their runs' rows`() throws {
    let older = try DatabaseQueue()
    try older.writeWithoutTransaction { database in
      try Schema.migrate(database, by: Array(Schema.migrations.prefix(3)))
      for (run, plan) in [(1, "x'0102'"), (2, "x''")] {
        try database.execute(
          sql: "INSERT INTO run (id, kind, selection, launched_at, steps, plan) VALUES (\(run), 0, '*', 0, 1, \(plan))")
      }
      try Schema.migrate(database)
      #expect(try Row.fetchAll(database, sql: "SELECT run, steps FROM plan").map { $0[0] as Int } == [1])
      #expect(try Data.fetchOne(database, sql: "SELECT steps FROM plan WHERE run = 1") == Data([1, 2]))
      #expect(try database.columns(in: "run").contains { $0.name == "plan" } == false)
      #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM run") == 2)
    }
  }
}
