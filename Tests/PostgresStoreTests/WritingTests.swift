// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalConformance
import Orchestrator
import PostgresStore
import Testing

/// Values, large batches, and connections in use by several at once.
@Suite struct WritingTests {
  @Test func `values come back as they were`() async throws {
    let connection = try await TestServer.admin()
    let numbers: [Int64?] = [0, -1, nil, .max, .min, 255, 256]
    let scalars = try await connection.run(
      "SELECT $1::int8, $2::int8, $3::text, $4::text, $5::bytea, $6::bytea, $7::text",
      [.int(-42), .int(nil), .text(""), .text("é \u{1F600}"), .bytes(Data([0, 255, 0])), .bytes(Data()), .text("a\u{0}b")])[0]
    #expect(try scalars.int(0) == -42 && scalars.optionalInt(1) == nil)
    #expect(try scalars.text(2) == "" && scalars.text(3) == "é \u{1F600}")
    #expect(try scalars.data(4) == Data([0, 255, 0]) && scalars.data(5).isEmpty)
    #expect(try scalars.text(6) == "a\u{FFFD}b")
    let rows = try await connection.run(
      "SELECT * FROM unnest($1::int8[], $2::text[], $3::bytea[])",
      [.ints(numbers), .texts(["", nil, "x\u{0}"]), .blobs([nil, Data(), Data([0])])])
    #expect(rows.map { $0.optionalInt(0) } == numbers)
    #expect(rows.prefix(3).map { $0.optionalText(1) } == ["", nil, "x\u{FFFD}"])
    #expect(rows.prefix(3).map { $0.optionalData(2) } == [nil, Data(), Data([0])])
    #expect(try await connection.run("SELECT unnest($1::int8[])", [.ints([])]).isEmpty)
    await connection.close()
  }

  @Test func `a batch of 10,000 events is one transaction`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      let events = (1...1_000).flatMap { OneMaterialization(number: $0).batches.joined() }
      #expect(events.count == 10_000)
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: events))
      #expect(try await journal.read(after: 0, limit: .max) == events)
      #expect(try await journal.history.runs(before: nil, limit: .max).count == 1_000)
      let latest = try await journal.history.latestSteps(
        of: SampleEvents.hourly, in: (1...1_000).map { SampleEvents.days.key(at: $0) })
      #expect(latest.count == 1_000 && latest.values.allSatisfy { $0.phase == .succeeded })
      await journal.close()
    }
  }

  @Test func `inputs are stored once for all versions of an attempt, and rows of before keep their own`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      let grant = try WideGrant(outputs: 100, inputs: 100)
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: grant.events))
      let connection = try await database.connect()
      let bytes = try await connection.run("SELECT sum(octet_length(inputs))::int8 FROM sluice_version")
      #expect(try bytes[0].int(0) == Int64(grant.inputBytes))
      // As the release before wrote them.
      try await connection.run(
        """
        UPDATE sluice_version SET inputs_of = NULL,
          inputs = (SELECT inputs FROM sluice_version WHERE inputs IS NOT NULL)
        """, isPrepared: false)
      let versions = try await journal.history.versions(grant.versions)
      #expect(versions.count == 100 && versions.allSatisfy { $0.inputs == grant.record.inputs })
      await connection.close()
      await journal.close()
    }
  }

  @Test func `more readers than connections are all served, while the leader writes`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for position in 0..<20 {
            let batch = JournalBatch(epoch: opening.epoch, after: UInt64(position), events: SampleEvents.numbered(1))
            try await journal.append(batch)
          }
        }
        for _ in 0..<20 { group.addTask { _ = try await journal.read(after: 0, limit: 5) } }
        try await group.waitForAll()
      }
      #expect(try await journal.read(after: 0, limit: 100).count == 20)
      await journal.close()
    }
  }

  @Test func `a cancelled task's append is decided all the same`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: SampleEvents.numbered(3)))
      }
      try await task.value
      #expect(try await journal.read(after: 0, limit: 10).count == 3)
      await journal.close()
    }
  }

  @Test func `a message may hold what a text of the server may not`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      let line = LogLine(at: Timestamp(seconds: 9), level: .info, message: "a\u{0}b")
      let logged = Event.logged(StepID(run: RunID(1), ordinal: 0), attempt: 1, lines: [line], dropped: 0)
      let events = [SampleEvents.launch(run: 1), StampedEvent(at: Timestamp(seconds: 9), event: logged)]
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: events))
      #expect(try await journal.read(after: 0, limit: 10) == events)
      let logs = try await journal.history.logs(of: RunID(1), step: nil, after: 0, limit: 5)
      #expect(logs.map(\.line.message) == ["a\u{FFFD}b"])
      await journal.close()
    }
  }

  @Test func `an altered batch is damage, and what comes before it is still read`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      for position in 0..<3 {
        let batch = JournalBatch(epoch: opening.epoch, after: UInt64(position), events: SampleEvents.numbered(1))
        try await journal.append(batch)
      }
      try await journal.write { connection in
        try await connection.run("UPDATE sluice_batch SET bytes = set_byte(bytes, 2, 77) WHERE last = 3", isPrepared: false)
      }
      #expect(try await journal.read(after: 0, limit: 2).count == 2)
      let error = try await #require(throws: JournalError.self) { try await journal.read(after: 0, limit: 3) }
      #expect(error.code == .damaged && error.message.contains("event 3"), "\(error)")
      await journal.close()
    }
  }
}
