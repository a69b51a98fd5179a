// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// The process groups that must not survive their supervisor.
///
/// A watchdog process is told of each over a pipe. When the pipe closes, because the supervisor ended in whatever way
/// (kill -9 included), the watchdog ends what is left.
package final class ProcessGroups: Sendable {
  private struct State {
    var alive: Set<Int32> = []
    var tell: AsyncStream<String>.Continuation?
  }
  private let state = Mutex(State())

  package init() {}

  /// The groups that have not been removed.
  package var alive: Set<Int32> { state.withLock { $0.alive } }

  func add(_ process: Int32) { change("+\(process)") { $0.insert(process) } }
  func remove(_ process: Int32) { change("-\(process)") { $0.remove(process) } }

  /// Ends every group at once, without grace.
  package func killAll() { for process in alive { kill(-process, SIGKILL) } }

  /// Runs a watchdog (`executable` with `arguments`) until `stop` opens.
  func watch(with executable: String, arguments: [String], until stop: Latch) async throws {
    let (lines, continuation) = AsyncStream<String>.makeStream()
    state.withLock { state in
      state.tell = continuation
      for process in state.alive.sorted() { continuation.yield("+\(process)\n") }
    }
    var options = PlatformOptions()
    options.createSession = true
    _ = try await run(
      .path(FilePath(executable)), arguments: Arguments(arguments), platformOptions: options, input: .inputWriter,
      output: .discarded, error: .discarded
    ) { execution in
      await withTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          for await line in lines { _ = try? await execution.standardInputWriter.write(line) }
        }
        tasks.addTask { await stop.wait() }
        await tasks.next()
        tasks.cancelAll()
      }
      try await execution.standardInputWriter.finish()
    }
  }

  private func change(_ line: String, _ body: (inout Set<Int32>) -> Void) {
    state.withLock { state in
      body(&state.alive)
      state.tell?.yield(line + "\n")
    }
  }
}

/// What the watchdog has been told.
package struct WatchdogLedger: Hashable, Sendable {
  package private(set) var alive: Set<Int32> = []

  package init() {}

  /// Takes `+PID` or `-PID`; anything else is left alone, and so are 0, 1 and negative numbers, which would mean other groups.
  package mutating func take(_ line: String) {
    guard let sign = line.first, let process = Int32(line.dropFirst()), process > 1 else { return }
    switch sign {
    case "+": alive.insert(process)
    case "-": alive.remove(process)
    default: break
    }
  }
}
