// SPDX-License-Identifier: Apache-2.0

import ControlPlaneDaemon
import Orchestrator
import Synchronization
import Testing

@Suite("Pages that streams share", .timeLimit(.minutes(10))) struct SharedPagesTests {
  private struct Page: JournalPage {
    let after: JournalPosition
    let end: JournalPosition
    var bytes = 1
  }

  private struct Broken: Error {}

  @Test func `a page is made once for all that ask for it, also somewhere in its midst`() async throws {
    let pages = SharedPages<Page>(HTTPLimits()) { Page(after: $0, end: $0 + 10) }
    try await withThrowingDiscardingTaskGroup { group in
      for _ in 0..<200 {
        group.addTask {
          let page = try await pages.page(after: 0)
          #expect(page.end == 10)
        }
      }
    }
    #expect(pages.made == 1)
    #expect(try await pages.page(after: 9).after == 0)
    #expect(pages.made == 1)
    #expect(try await pages.page(after: 10).after == 10)
    #expect(pages.made == 2)
  }

  @Test func `an empty page is asked for again, and so is one that could not be made`() async throws {
    let isBroken = Mutex(true)
    let pages = SharedPages<Page>(HTTPLimits()) { position in
      if isBroken.withLock({ $0 }) { throw Broken() }
      return Page(after: position, end: position)
    }
    await #expect(throws: Broken.self) { _ = try await pages.page(after: 3) }
    isBroken.withLock { $0 = false }
    _ = try await pages.page(after: 3)
    _ = try await pages.page(after: 3)
    #expect(pages.made == 2)
  }

  @Test func `what is kept is bounded in pages and in bytes`() async throws {
    var limits = HTTPLimits()
    limits.keptPages = 2
    limits.keptBytes = 100
    let pages = SharedPages<Page>(limits) { Page(after: $0, end: $0 + 1, bytes: $0 < 10 ? 1 : 60) }
    for position in [0, 1, 2] as [JournalPosition] { _ = try await pages.page(after: position) }
    #expect(pages.made == 3)
    _ = try await pages.page(after: 1)
    #expect(pages.made == 3)
    _ = try await pages.page(after: 0)
    #expect(pages.made == 4)
    for position in [10, 11] as [JournalPosition] { _ = try await pages.page(after: position) }
    _ = try await pages.page(after: 10)
    #expect(pages.made == 7)
  }
}
