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
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<100 {
        group.addTask {
          await permits.holding {
            count.begin()
            for _ in 0..<5 { await Task.yield() }
            count.end()
          }
        }
      }
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
    #expect(await permits.holding { true })
  }
}
