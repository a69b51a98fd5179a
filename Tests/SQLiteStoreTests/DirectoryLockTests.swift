// SPDX-License-Identifier: Apache-2.0

import Foundation
import Orchestrator
import SQLiteStore
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct DirectoryLockTests {
  private let directory: TemporaryDirectory
  private let journal: SQLiteJournal

  init() throws {
    directory = try TemporaryDirectory()
    journal = SQLiteJournal(directory: directory.url)
  }

  @Test func `a directory that is held is refused without closing anything twice`() async throws {
    _ = try await journal.open()
    let directory = directory.url
    // Each number that it closes once too often may by then be another file of this process, such as one of these.
    let refusing = Task.detached {
      for _ in 0..<2_000 {
        await #expect(throws: JournalError.self) { try await SQLiteJournal(directory: directory).open() }
      }
    }
    let watching = Task.detached {
      var stolen = 0
      for _ in 0..<200_000 {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        if fcntl(descriptor, F_GETFD) < 0 || close(descriptor) != 0 { stolen += 1 }
      }
      return stolen
    }
    _ = await refusing.value
    #expect(await watching.value == 0)
    try journal.close()
  }
}
