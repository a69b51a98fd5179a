// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Runs team closures on threads of its own, so that none of them can hold up a session, a heartbeat or a drain.
///
/// It has one thread a slot. Where every thread has been busy for ``HostLimits/threadPatience`` while work waits, because closures
/// block or hang, it adds threads, up to ``HostLimits/replacementThreads`` more; these end when they have idled for
/// ``HostLimits/threadIdle``. Its threads live as long as the process: a hung one cannot be ended.
package final class StepExecutor: TaskExecutor {
  private let base: Int
  private let limit: Int
  private let state = Mutex(State())
  private let work = DispatchSemaphore(value: 0)
  private let pressure = DispatchSemaphore(value: 0)

  private struct State {
    var queue: [UnownedJob] = []
    var head = 0
    var threads = 0
    var busy = 0
    /// How many jobs have been taken, so that the overseer sees progress.
    var taken: UInt64 = 0

    var waiting: Int { queue.count - head }

    mutating func take() -> UnownedJob? {
      guard head < queue.count else { return nil }
      defer {
        head += 1
        if head == queue.count || head > 1_024 {
          queue.removeFirst(head)
          head = 0
        }
      }
      taken += 1
      busy += 1
      return queue[head]
    }
  }

  package init(slots: Int) {
    base = slots
    limit = slots + HostLimits.replacementThreads
    state.withLock { $0.threads = slots }
    for _ in 0..<slots { start { $0.serve(isExtra: false) } }
    start { $0.oversee() }
  }

  /// Threads that live now.
  package var threads: Int { state.withLock(\.threads) }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isUnderPressure = state.withLock { state in
      state.queue.append(job)
      return state.busy + state.waiting > state.threads
    }
    work.signal()
    if isUnderPressure { pressure.signal() }
  }

  private func start(_ body: @escaping @Sendable (StepExecutor) -> Void) {
    let thread = Thread { body(self) }
    thread.stackSize = 8 << 20
    thread.name = "step"
    thread.start()
  }

  private func serve(isExtra: Bool) {
    while true {
      if work.wait(timeout: isExtra ? .now() + HostLimits.threadIdle.timeInterval : .distantFuture) == .timedOut {
        state.withLock { $0.threads -= 1 }
        return
      }
      guard let job = state.withLock({ $0.take() }) else { continue }
      job.runSynchronously(on: asUnownedTaskExecutor())
      state.withLock { $0.busy -= 1 }
    }
  }

  /// Adds a thread whenever nothing has been taken for a while though work waits.
  private func oversee() {
    while true {
      pressure.wait()
      while true {
        let before = state.withLock { ($0.waiting, $0.taken) }
        guard before.0 > 0 else { break }
        Thread.sleep(forTimeInterval: HostLimits.threadPatience.timeInterval)
        let isNeeded = state.withLock { state in
          guard state.waiting > 0, state.taken == before.1, state.threads < limit else { return false }
          state.threads += 1
          return true
        }
        if isNeeded { start { $0.serve(isExtra: true) } }
      }
    }
  }
}

extension Duration {
  fileprivate var timeInterval: TimeInterval { self / .seconds(1) }
}
