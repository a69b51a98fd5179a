// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalConformance
import Orchestrator
import SQLiteStore
import Testing

extension ConformanceCase: CustomTestStringConvertible {
  public var testDescription: String { description }
}

@Suite struct ConformanceTests {
  @Test(arguments: JournalConformance.cases)
  func `the memory journal`(_ conformance: ConformanceCase) async throws {
    let journal = MemoryJournal(incarnation: Incarnation(7))
    try await conformance.run(on: StoreUnderTest { journal })
  }

  @Test(arguments: JournalConformance.cases)
  func `the SQLite journal`(_ conformance: ConformanceCase) async throws {
    let directory = try TemporaryDirectory()
    let handle = Handle(directory: directory)
    try await conformance.run(on: StoreUnderTest { try await handle.connect() })
    try await handle.close()
  }
}

/// Keeps the one handle that may hold a directory. An actor: closing one and making the next are one act.
private actor Handle {
  private let directory: TemporaryDirectory
  private var journal: SQLiteJournal?

  init(directory: TemporaryDirectory) { self.directory = directory }

  func connect() throws -> SQLiteJournal {
    try close()
    let next = SQLiteJournal(directory: directory.url)
    journal = next
    return next
  }

  func close() throws {
    try journal?.close()
    journal = nil
  }
}
