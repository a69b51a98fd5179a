// SPDX-License-Identifier: Apache-2.0

import CodeLocationHost
import Dispatch
import Testing

@Suite struct StepExecutorTests {
  @Test func `closures that hang take no thread from the others`() async {
    let executor = StepExecutor(slots: 2)
    let release = DispatchSemaphore(value: 0)
    let hung = (0..<4).map { _ in Task(executorPreference: executor) { hang(release) } }
    let value = await Task(executorPreference: executor) { 42 }.value
    #expect(value == 42)
    #expect(executor.threads > 2)
    #expect(executor.threads <= 2 + HostLimits.replacementThreads)
    for _ in hung { release.signal() }
    for task in hung { await task.value }
  }

  @Test func `work waits for as long as every thread that there may be is blocked`() async {
    let executor = StepExecutor(slots: 1, extra: 0)
    let blocked = Task(executorPreference: executor) { Self.block(for: .milliseconds(300)) }
    let value = await Task(executorPreference: executor) { 42 }.value
    #expect(value == 42)
    #expect(executor.threads == 1)
    await blocked.value
  }

  @Test func `many small pieces of work share the threads`() async {
    let executor = StepExecutor(slots: 2)
    let sum = await withTaskGroup(of: Int.self) { group in
      for number in 1...1_000 {
        group.addTask(executorPreference: executor) {
          await Task.yield()
          return number
        }
      }
      return await group.reduce(0, +)
    }
    #expect(sum == 500_500)
  }
}

extension StepExecutorTests {
  /// Blocks its thread for a while, as a closure that calls a library of C does.
  fileprivate static func block(for duration: Duration) {
    _ = DispatchSemaphore(value: 0).wait(timeout: .now() + duration / .seconds(1))
  }
}

/// Blocks its thread, as a closure that ignores everything does.
private func hang(_ release: DispatchSemaphore) { release.wait() }
