// SPDX-License-Identifier: Apache-2.0

import Orchestrator
import PostgresStore
import Testing

@Suite("What a PostgreSQL store says when its server fails")
struct ServerFailureTests {
  @Test("names the server, the operation and the SQLSTATE", arguments: ["53100", "25006", "42501", "57014", "XX001", "22021"])
  func refusal(state: String) {
    let failure = ServerFailure(.refused(state), "the server's words")
    let message = failure.journalError(in: "'sluice' on db:5432", .appending).message
    for words in ["'sluice' on db:5432", "the server's words", "SQLSTATE \(state)", "appending"] {
      #expect(message.contains(words), "\(message)")
    }
  }

  @Test("names the operation where the server is away or silent", arguments: [ServerFailure.Kind.lost, .silent])
  func away(kind: ServerFailure.Kind) {
    let message = ServerFailure(kind, "did not answer").journalError(in: "'sluice' on db:5432", .reading).message
    #expect(message.contains("'sluice' on db:5432") && message.contains("(reading)"), "\(message)")
  }
}
