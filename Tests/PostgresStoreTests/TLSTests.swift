// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalConformance
import Orchestrator
import PostgresCluster
import PostgresStore
import Testing

/// TLS is libpq's, by the parameters of the connection string.
@Suite struct TLSTests {
  @Test func `a store is used over TLS, and a server that cannot be verified is not`() async throws {
    try await TestCluster.with(tls: true) { cluster in
      let conninfo = try cluster.tlsConninfo()
      let journal = PostgresJournal(conninfo: conninfo)
      let opening = try await journal.open()
      let isEncrypted = try await journal.write { connection in
        try await connection.run("SELECT ssl::int FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0].int(0)
      }
      #expect(isEncrypted == 1)
      // More than the buffers between us and the server hold.
      let message = String(repeating: "sluice ", count: 2_000)
      let events = (0..<300).map { second in
        StampedEvent(
          at: Timestamp(seconds: Int64(second)), event: .sessionClosed(SampleEvents.weather, reason: "\(second) \(message)"))
      }
      try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: events))
      #expect(try await journal.read(after: 0, limit: .max) == events)
      await journal.close()
      let stranger = PostgresJournal(conninfo: "\(conninfo) hostaddr=127.0.0.1 host=elsewhere.example")
      let error = try await #require(throws: JournalError.self) { try await stranger.open() }
      #expect(error.code == .unavailable && error.message.contains("certificate"), "\(error)")
    }
  }
}
