// SPDX-License-Identifier: Apache-2.0

import Foundation
import JournalConformance
import Orchestrator
import PostgresCluster
import PostgresStore
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the journal does when the server goes away, hangs, or was never there.
@Suite struct FaultTests {
  private func killSessions(of database: TestDatabase) async throws {
    try await TestServer.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database.name)'")
  }

  @Test func `a journal whose connections are killed goes on`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal()
      let opening = try await journal.open()
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: SampleEvents.numbered(2)))
      #expect(try await journal.read(after: 0, limit: 10).count == 2)
      try await killSessions(of: database)
      #expect(try await journal.read(after: 0, limit: 10).count == 2)
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 2, events: SampleEvents.numbered(1)))
      #expect(try await journal.history.runs(before: nil, limit: 5).isEmpty)
      #expect(try await journal.read(after: 0, limit: 10).count == 3)
      await journal.close()
    }
  }

  @Test func `a lease outlives the connection that renewed it`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal { $0.renewal = .milliseconds(100) }
      try await journal.open()
      let observer = try await database.connect()
      try await eventually("the session that renews") {
        let sessions = try await observer.run(
          """
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database.name)'
          AND query LIKE 'UPDATE sluice_lease SET expires_at%'
          """)
        return sessions.isEmpty ? nil : ()
      }
      var ends: Set<String> = []
      try await eventually("renewals after that") {
        ends.insert(try await observer.run("SELECT expires_at::text FROM sluice_lease")[0].text(0))
        return ends.count > 3 ? () : nil
      }
      await observer.close()
      await journal.close()
    }
  }

  @Test func `a server that crashes in mid-append leaves a batch whole or absent`() async throws {
    try await TestCluster.with { cluster in
      let journal = PostgresJournal(conninfo: cluster.conninfo)
      let opening = try await journal.open()
      let (positions, acknowledged) = AsyncStream.makeStream(of: JournalPosition.self)
      let writing = Task {
        defer { acknowledged.finish() }
        var position: JournalPosition = 0
        while true {
          try await journal.append(JournalBatch(epoch: opening.epoch, after: position, events: SampleEvents.numbered(40)))
          position += 40
          acknowledged.yield(position)
        }
      }
      for await position in positions where position >= 4_000 { break }
      try await cluster.crash()
      let error = try await #require(throws: JournalError.self) { try await writing.value }
      #expect(error.code == .unavailable, "\(error)")
      await #expect(throws: JournalError.self) { try await journal.open() }
      var last: JournalPosition = 4_000
      for await position in positions { last = position }
      try await cluster.start()
      let again = try await journal.open()
      #expect([last, last + 40].contains(again.position))
      #expect(try await journal.read(after: 0, limit: .max).count == Int(again.position))
      try await journal.append(JournalBatch(epoch: again.epoch, after: again.position, events: SampleEvents.numbered(1)))
      await journal.close()
    }
  }

  @Test func `a server that hangs makes the store unavailable within the bound, and the batch whole or absent`() async throws {
    try await TestServer.withDatabase { database in
      let journal = database.journal { $0.response = .seconds(1) }
      let opening = try await journal.open()
      let session = try await journal.write { try await $0.run("SELECT pg_backend_pid()")[0].int(0) }
      // Stopped, its kernel still takes what we send.
      try #require(kill(pid_t(session), SIGSTOP) == 0)
      let batch = JournalBatch(epoch: opening.epoch, after: 0, events: SampleEvents.numbered(3))
      let error = try await #require(throws: JournalError.self) { try await journal.append(batch) }
      #expect(error.code == .unavailable && error.message.contains("did not answer within"), "\(error)")
      try #require(kill(pid_t(session), SIGCONT) == 0)
      let again = try await journal.open()
      #expect([0, 3].contains(again.position))
      #expect(try await journal.read(after: 0, limit: 10).count == Int(again.position))
      await journal.close()
    }
  }

  @Test func `rows that another holds make the store unavailable, and nothing is appended`() async throws {
    try await TestServer.withDatabase { database in
      // Longer than a commit waits for those of other tests: each that notifies takes a lock of the whole server.
      let journal = database.journal { $0.response = .seconds(3) }
      let opening = try await journal.open()
      let other = try await database.connect()
      try await other.run("BEGIN", isPrepared: false)
      try await other.run("SELECT FROM sluice_store FOR UPDATE", isPrepared: false)
      let batch = JournalBatch(epoch: opening.epoch, after: 0, events: SampleEvents.numbered(3))
      let error = try await #require(throws: JournalError.self) { try await journal.append(batch) }
      #expect(error.code == .unavailable && error.message.contains("took too long"), "\(error)")
      try await other.run("ROLLBACK", isPrepared: false)
      await other.close()
      #expect(try await journal.read(after: 0, limit: 10).isEmpty)
      try await journal.append(batch)
      await journal.close()
    }
  }

  @Test func `a server that takes connections and says nothing is unavailable within the bound`() async throws {
    let listener = try SilentListener()
    var limits = PostgresLimits()
    limits.connect = .milliseconds(300)
    let journal = PostgresJournal(conninfo: "host=127.0.0.1 port=\(listener.port) sslmode=disable", limits: limits)
    let error = try await #require(throws: JournalError.self) { try await journal.open() }
    #expect(error.code == .unavailable && error.message.contains("did not let us connect within 0.3 s"), "\(error)")
  }

  @Test func `what cannot be connected to is said, and a malformed string is not repeated`() async throws {
    var limits = PostgresLimits()
    limits.patience = .milliseconds(200)
    let nowhere = PostgresJournal(conninfo: "postgresql:///sluice?host=/nowhere", limits: limits)
    let error = try await #require(throws: JournalError.self) { try await nowhere.read(after: 0, limit: 1) }
    #expect(error.code == .unavailable && error.message.contains("'sluice' on /nowhere"), "\(error)")
    let malformed = PostgresJournal(conninfo: "postgresq://me:secret@host/db")
    let refusal = try await #require(throws: JournalError.self) { try await malformed.open() }
    #expect(refusal.message.contains("malformed") && !refusal.message.contains("secret"), "\(refusal)")
  }
}

/// A socket that takes connections, as the kernel does by itself, and never answers.
private final class SilentListener: Sendable {
  private let descriptor: Int32
  let port: UInt16

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, address, &length) == 0
      }
    }
    try #require(isListening)
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(descriptor) }
}
