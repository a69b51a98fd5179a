// SPDX-License-Identifier: Apache-2.0

import LocationWire
import NIOCore
import Testing

@Suite struct LoopExecutorTests {
  @Test func `a task and its children run on the loop, and go on there after they have waited`() async {
    let executor = SessionLoops.all[0]
    let places = await withTaskExecutorPreference(executor) {
      let before = executor.loop.inEventLoop
      // Resumed by another thread.
      await withCheckedContinuation { continuation in Thread.elsewhere { continuation.resume() } }
      let after = executor.loop.inEventLoop
      async let child = executor.loop.inEventLoop
      return [before, after, await child]
    }
    #expect(places == [true, true, true])
    #expect(!executor.loop.inEventLoop)
  }

  @Test func `each session's loop has a thread of its own`() async {
    var threads: [Bool] = []
    for (number, executor) in SessionLoops.all.enumerated() {
      for (other, place) in SessionLoops.all.enumerated() {
        let isThere = await withTaskExecutorPreference(executor) { place.loop.inEventLoop }
        threads.append(isThere == (number == other))
      }
    }
    #expect(!threads.contains(false))
    #expect(!SessionLoops.all.isEmpty)
  }
}

private enum Thread {
  /// Calls `body` on a thread that is no session's.
  static func elsewhere(_ body: @escaping @Sendable () -> Void) { Task.detached { body() } }
}
