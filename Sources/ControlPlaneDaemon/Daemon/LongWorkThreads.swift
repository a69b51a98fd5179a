// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Runs what may take long on threads of its own, behind everything else in priority: manifests, long messages, launches of every asset,
/// and, apart from these, questions about all of them. Whatever many teams ask at once, the threads that everybody's requests need are free.
///
/// Its threads live as long as the process.
package final class LongWorkThreads: TaskExecutor {
  /// For what locations send, and for launches.
  package static let shared = LongWorkThreads(count: threads)
  /// For questions: however long their answers take, sessions, manifests and launches go on.
  package static let questions = LongWorkThreads(count: questionThreads)

  /// More than cores, so that what takes a second does not keep what takes a millisecond.
  package static let threads = 4
  /// Those for questions alone.
  package static let questionThreads = 2
  /// How much the threads are behind others, as `nice` counts: a third of the time where somebody else wants all of it.
  package static let niceness: Int32 = 5

  private let jobs = Mutex(Deque<UnownedJob>())
  private let arrived = DispatchSemaphore(value: 0)

  package init(count: Int) {
    for number in 0..<count {
      let thread = Thread { self.work() }
      thread.name = "long work \(number)"
      thread.start()
    }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    arrived.signal()
  }

  private func work() {
    #if os(Linux)
      // Of the calling thread alone: Linux gives each its own.
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
    #endif
    while true {
      arrived.wait()
      guard let job = jobs.withLock({ $0.popFirst() }) else { continue }
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}
