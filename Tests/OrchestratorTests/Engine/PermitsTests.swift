// SPDX-License-Identifier: Apache-2.0

import Orchestrator
import Synchronization
import Testing

@Suite struct `Permits for so many at once` {
  private struct Refusal: Error {}

  private final class Count: Sendable {
    private let content = Mutex((now: 0, most: 0, done: 0))
    var seen: (now: Int, most: Int, done: Int) { content.withLock { $0 } }

    func begin() { content.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.done) } }
    func end() { content.withLock { $0 = ($0.now - 1, $0.most, $0.done + 1) } }
  }

  @Test func `so many hold one at once, and everybody gets one`() async throws {
    let permits = Permits(3)
    let count = Count()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<100 {
        group.addTask {
          try await permits.holding {
            count.begin()
            for _ in 0..<5 { await Task.yield() }
            count.end()
          }
        }
      }
      try await group.waitForAll()
    }
    let seen = count.seen
    #expect(seen.now == 0 && (1...3).contains(seen.most) && seen.done == 100)
  }

  @Test func `one is given back by who throws, and by who is cancelled`() async throws {
    let permits = Permits(1)
    for _ in 0..<3 { await #expect(throws: Refusal.self) { try await permits.holding { throw Refusal() } } }
    let task = Task { try await permits.holding { try await Task.sleep(for: .seconds(600)) } }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await permits.holding { true })
  }

  @Test func `who is cancelled while it waits leaves, and does nothing`() async throws {
    let permits = Permits(1)
    try await permits.holding {
      let count = Count()
      let waiter = Task { try await permits.holding { count.begin() } }
      while permits.waiting < 1 { await Task.yield() }
      waiter.cancel()
      await #expect(throws: CancellationError.self) { try await waiter.value }
      #expect(permits.waiting == 0 && count.seen.most == 0)
    }
    #expect(try await permits.holding { true })
  }

  @Test func `beyond as many as may wait others are refused, and those who wait get their turn`() async throws {
    let permits = Permits(1, mostWaiting: 2)
    let count = Count()
    let waiters = try await permits.holding {
      let waiters = (0..<2).map { _ in
        Task {
          try await permits.holding {
            count.begin()
            count.end()
          }
        }
      }
      while permits.waiting < 2 { await Task.yield() }
      await #expect(throws: TooManyWaiting.self) { try await permits.holding {} }
      return waiters
    }
    for waiter in waiters { try await waiter.value }
    #expect(count.seen.done == 2 && count.seen.most == 1)
  }
}
