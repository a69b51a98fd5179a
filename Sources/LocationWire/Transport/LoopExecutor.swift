// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import NIOPosix

/// Runs tasks on the thread of an event loop, so that what reads a connection, decides and answers wakes no other thread.
///
/// Every hand-over between threads costs more than what a session does with a message. Only what is short and never blocks may run
/// here: whatever else shares the loop waits meanwhile. Its loop must never be shut down, since its tasks would be lost.
package final class LoopExecutor: TaskExecutor {
  package let loop: any EventLoop

  package init(_ loop: any EventLoop) { self.loop = loop }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// The event loops of this process's sessions: as many threads as there are cores, for as long as the process lives.
package enum SessionLoops {
  private static let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)

  package static let all = group.makeIterator().map { LoopExecutor($0) }
}

/// The one event loop of a server: its connections, and what serves them.
package enum ServerLoop {
  package static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  package static let executor = LoopExecutor(group.next())
}
