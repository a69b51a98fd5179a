// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalConformance
import Orchestrator
import PostgresStore
import Testing

/// Migrations, refusals, and what a role must be allowed.
@Suite struct SchemaTests {
  private func migrate(_ connection: Connection, by list: [Schema.Migration] = Schema.migrations) async throws {
    try await Schema.migrate(connection, incarnation: 7, limits: PostgresLimits(), by: list)
  }

  private func version(_ connection: Connection) async throws -> Int64 {
    try await connection.run("SELECT max(number) FROM sluice_migration")[0].int(0)
  }

  private static let second = Schema.Migration(
    number: Schema.current + 1, statements: ["CREATE TABLE second (id int8)"])
  private static let third = Schema.Migration(
    number: Schema.current + 2, statements: ["CREATE TABLE third (id int8)", "INSERT INTO second VALUES (3)"])

  @Test func `an older store is brought up to date, and what is applied is not applied again`() async throws {
    try await TestServer.withDatabase { database in
      let connection = try await database.connect()
      try await migrate(connection)
      #expect(try await version(connection) == Int64(Schema.current))
      try await migrate(connection, by: Schema.migrations + [Self.second])
      try await migrate(connection, by: Schema.migrations + [Self.second, Self.third])
      try await migrate(connection, by: Schema.migrations + [Self.second, Self.third])
      #expect(try await version(connection) == Int64(Schema.current) + 2)
      #expect(try await connection.run("SELECT id FROM second").map { try $0.int(0) } == [3])
      #expect(try await connection.run("SELECT incarnation FROM sluice_store").map { try $0.int(0) } == [7])
      await connection.close()
    }
  }

  @Test func `a migration that fails leaves nothing behind`() async throws {
    try await TestServer.withDatabase { database in
      let connection = try await database.connect()
      let broken = Schema.Migration(
        number: Schema.current + 1, statements: ["CREATE TABLE second (id int8)", "INSERT INTO nowhere VALUES (1)"])
      await #expect(throws: ServerFailure.self) { try await migrate(connection, by: Schema.migrations + [broken]) }
      await connection.close()
      let fresh = try await database.connect()
      #expect(try await fresh.run("SELECT FROM pg_class WHERE relname LIKE 'sluice%' OR relname = 'second'").isEmpty)
      await fresh.close()
    }
  }

  @Test func `programs that create one store at once create it once`() async throws {
    try await TestServer.withDatabase { database in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            let connection = try await database.connect()
            try await migrate(connection)
            await connection.close()
          }
        }
        try await group.waitForAll()
      }
      let connection = try await database.connect()
      #expect(try await version(connection) == Int64(Schema.current))
      await connection.close()
    }
  }

  @Test func `who looked at an empty database and waits while another makes the store finds it made`() async throws {
    try await TestServer.withDatabase { database in
      let (first, second) = (try await database.connect(), try await database.connect())
      let observer = try await database.connect()
      for connection in [first, second] { #expect(try await Schema.inspect(connection, in: "here") == 0) }
      try await first.run("BEGIN", isPrepared: false)
      try await first.run(
        "SELECT pg_advisory_xact_lock(\(Schema.lockClass), hashtext(coalesce(current_schema(), '')))", isPrepared: false)
      async let waited: Void = migrate(second)
      try await eventually("the second to wait") {
        let waiting = try await observer.run(
          """
          SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          """)
        return waiting.isEmpty ? nil : ()
      }
      try await migrate(first)
      try await waited
      #expect(try await version(observer) == Int64(Schema.current))
      for connection in [first, second, observer] { await connection.close() }
    }
  }

  @Test(arguments: ["INSERT INTO sluice_migration (number) VALUES (99)", "UPDATE sluice_store SET format = 99, release = '9.0'"])
  func `a store that is newer than the program is refused, and left alone`(_ change: String) async throws {
    try await TestServer.withDatabase { database in
      let writer = database.journal()
      try await writer.open()
      await writer.close()
      let connection = try await database.connect()
      try await connection.run(change, isPrepared: false)
      let before = try await connection.run("SELECT epoch, xmin::text FROM sluice_lease")[0].text(1)
      let journal = database.journal()
      let refusal = try await #require(throws: JournalError.self) { try await journal.open() }
      #expect(refusal.code == .tooNew && refusal.message.contains("nothing was changed"), "\(refusal)")
      let reading = try await #require(throws: JournalError.self) { try await journal.read(after: 0, limit: 1) }
      #expect(reading.code == .tooNew)
      await journal.close()
      #expect(try await connection.run("SELECT epoch, xmin::text FROM sluice_lease")[0].text(1) == before)
      await connection.close()
    }
  }

  @Test(arguments: ["LATIN1", "SQL_ASCII", "WIN1252"])
  func `a database that is not in UTF-8 is refused, and left alone`(_ encoding: String) async throws {
    try await TestServer.withDatabase("ENCODING '\(encoding)' LOCALE 'C' TEMPLATE template0") { database in
      let journal = database.journal()
      let refusal = try await #require(throws: JournalError.self) { try await journal.open() }
      #expect(refusal.code == .unsuitable && refusal.message.contains("in \(encoding)"), "\(refusal)")
      #expect(refusal.message.contains("ENCODING 'UTF8' TEMPLATE template0"), "\(refusal)")
      await journal.close()
      let connection = try await database.connect()
      #expect(try await connection.run("SELECT FROM pg_class WHERE relname LIKE 'sluice%'").isEmpty)
      await connection.close()
    }
  }

  @Test func `a store that lies in a LATIN1 database is refused with how to move it, one in SQL_ASCII goes on`() async throws {
    for encoding in ["LATIN1", "SQL_ASCII"] {
      try await TestServer.withDatabase("ENCODING '\(encoding)' LOCALE 'C' TEMPLATE template0") { database in
        let connection = try await database.connect()
        try await migrate(connection)
        await connection.close()
        let journal = database.journal()
        if encoding == "SQL_ASCII" {
          try await journal.open()
        } else {
          let refusal = try await #require(throws: JournalError.self) { try await journal.open() }
          #expect(refusal.code == .unsuitable && refusal.message.contains("pg_dump"), "\(refusal)")
        }
        await journal.close()
      }
    }
  }

  @Test func `texts are UTF-8 whatever the connection string says`() async throws {
    try await TestServer.withDatabase { database in
      let connection = try await Connection.open("\(database.conninfo) client_encoding=LATIN1", limits: PostgresLimits())
      let row = try await connection.run("SELECT 1::int8, $1::text", [.text("é🛢")])
      #expect(try row[0].text(1) == "é🛢")
      #expect(try await connection.run("SELECT octet_length($1::text)::int8", [.text("é🛢")])[0].int(0) == 6)
      await connection.close()
    }
  }

  @Test func `a role with the guide's grants runs a store in a schema that it does not own`() async throws {
    try await TestServer.withDatabase { database in
      let role = "runtime_\(database.name)"
      let owner = try await database.connect()
      try await owner.run("CREATE ROLE \(role) LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE", isPrepared: false)
      let refused = PostgresJournal(conninfo: "\(database.conninfo) user=\(role)")
      let error = try await #require(throws: JournalError.self) { try await refused.open() }
      #expect(error.code == .unavailable && error.message.contains("grant"), "\(error)")
      await refused.close()
      let first = database.journal()
      try await first.open()
      await first.close()
      try await owner.run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \(role)", isPrepared: false)
      try await runsAStore("\(database.conninfo) user=\(role)")
      try await owner.run("DROP OWNED BY \(role)", isPrepared: false)
      try await owner.run("DROP ROLE \(role)", isPrepared: false)
      await owner.close()
    }
  }

  @Test func `a role that owns nothing but a schema makes its store there`() async throws {
    try await TestServer.withDatabase { database in
      let role = "owner_\(database.name)"
      let admin = try await database.connect()
      try await admin.run("CREATE ROLE \(role) LOGIN NOSUPERUSER", isPrepared: false)
      try await admin.run("CREATE SCHEMA sluice AUTHORIZATION \(role)", isPrepared: false)
      try await runsAStore("\(database.conninfo) user=\(role) options='-c search_path=sluice'")
      #expect(try await admin.run("SELECT last FROM sluice.sluice_batch").map { try $0.int(0) } == [4])
      try await admin.run("DROP OWNED BY \(role)", isPrepared: false)
      try await admin.run("DROP ROLE \(role)", isPrepared: false)
      await admin.close()
    }
  }

  private func runsAStore(_ conninfo: String) async throws {
    let journal = PostgresJournal(conninfo: conninfo)
    let opening = try await journal.open()
    try await journal.append(
      JournalBatch(epoch: opening.epoch, after: 0, events: SampleEvents.numbered(3) + [SampleEvents.launch(run: 1)]))
    #expect(try await journal.history.run(RunID(1)) != nil)
    #expect(try await journal.leader() != nil)
    await journal.close()
    let observer = PostgresJournal(conninfo: conninfo)
    #expect(try await observer.leader() == nil)
    await observer.close()
  }
}
