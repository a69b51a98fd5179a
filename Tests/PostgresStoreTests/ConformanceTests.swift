// SPDX-License-Identifier: Apache-2.0

import JournalConformance
import Orchestrator
import PostgresStore
import Testing

extension ConformanceCase: CustomTestStringConvertible {
  public var testDescription: String { description }
}

@Suite struct ConformanceTests {
  @Test(arguments: JournalConformance.cases)
  func `the PostgreSQL journal`(_ conformance: ConformanceCase) async throws {
    try await TestServer.withDatabase { database in
      let handle = Handle(database: database)
      try await conformance.run(on: StoreUnderTest { await handle.connect() })
      await handle.close()
    }
  }
}

/// Keeps the one handle that may lead a store. An actor: closing one and making the next are one act.
private actor Handle {
  private let database: TestDatabase
  private var journal: PostgresJournal?

  init(database: TestDatabase) { self.database = database }

  func connect() async -> PostgresJournal {
    await close()
    let next = database.journal()
    journal = next
    return next
  }

  func close() async {
    await journal?.close()
    journal = nil
  }
}
