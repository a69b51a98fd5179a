// SPDX-License-Identifier: Apache-2.0

import ControlPlaneDaemon
import Foundation
import Synchronization
import Testing

@Suite struct `Threads for long work` {
  /// Gives those up that wait for it.
  private final class Gate: Sendable {
    private let waiting = Mutex(0)
    private let gone = Mutex(0)
    private let opened = DispatchSemaphore(value: 0)
    var count: Int { waiting.withLock { $0 } }
    var passed: Int { gone.withLock { $0 } }

    func block() {
      waiting.withLock { $0 += 1 }
      opened.wait()
      gone.withLock { $0 += 1 }
    }

    func open(_ count: Int) { for _ in 0..<count { opened.signal() } }
  }

  @Test func `what blocks all of them leaves everybody else's free, and all of it is done`() async throws {
    let threads = LongWorkThreads(count: 2)
    let gate = Gate()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<10 {
        group.addTask(executorPreference: threads) {
          gate.block()
        }
      }
      // This task goes on, on the threads that all share.
      while gate.count < 2 { await Task.yield() }
      #expect(gate.passed == 0 && gate.count == 2)
      gate.open(10)
    }
    #expect(gate.passed == 10)
  }

  #if os(Linux)
    @Test func `they are behind others in priority`() async throws {
      let others = Self.niceness
      let theirs = await withTaskExecutorPreference(LongWorkThreads(count: 1)) { await Self.nicenessThere() }
      #expect(theirs == min(19, others + LongWorkThreads.niceness))
    }

    private static func nicenessThere() async -> Int32 { niceness }
    private static var niceness: Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }
  #endif
}
