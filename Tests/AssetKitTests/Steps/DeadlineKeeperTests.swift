// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Synchronization
import Testing

@Suite("Deadlines", .timeLimit(.minutes(10)))
struct DeadlineKeeperTests {
  @Test func `acts come in the order of their deadlines, also when an earlier one is added later`() async {
    let keeper = DeadlineKeeper()
    let (stream, acts) = AsyncStream.makeStream(of: Int.self)
    let now = SuspendingClock.now
    for (index, delay) in [60, 20, 40].enumerated() {
      _ = keeper.add(at: now + .milliseconds(delay)) { acts.yield(index) }
    }
    var order: [Int] = []
    for await index in stream {
      order.append(index)
      if order.count == 3 { break }
    }
    #expect(order == [1, 2, 0])
  }

  @Test func `what is removed never acts, and does not keep the rest waiting`() async {
    let keeper = DeadlineKeeper()
    let acted = Mutex<[String]>([])
    let (stream, done) = AsyncStream.makeStream(of: Void.self)
    let now = SuspendingClock.now
    let removed = keeper.add(at: now + .milliseconds(10)) { acted.withLock { $0.append("removed") } }
    _ = keeper.add(at: now + .milliseconds(30)) {
      acted.withLock { $0.append("kept") }
      done.yield()
    }
    keeper.remove([removed])
    for await _ in stream { break }
    #expect(acted.withLock { $0 } == ["kept"])
  }
}
