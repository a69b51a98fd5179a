// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Synchronization
import Testing

@Suite struct `Ending a step early` {
  @Test func `cancels the closure at the grant's deadline`() async throws {
    let wasCancelled = Mutex<Bool?>(nil)
    let location = try load {
      Asset<Int>("weather/slow") { _ in
        wasCancelled.withLock { $0 = false }
        do {
          try await Task.sleep(for: .seconds(600))
          return 1
        } catch {
          wasCancelled.withLock { $0 = Task.isCancelled }
          throw error
        }
      }
    }
    // Where the deadline passes before the closure has begun, it never does.
    for timeout in [Duration.milliseconds(30), .milliseconds(300), .seconds(3), .seconds(30)] {
      let reports = try await location.materialize("weather/slow", within: timeout)
      #expect(reports.failure?.kind == .timedOut)
      #expect(reports.failure?.isRetryable == true)
      #expect(reports.kinds == ["started", "finished"])
      if wasCancelled.withLock({ $0 }) != nil { break }
    }
    #expect(wasCancelled.withLock { $0 } == true)
  }

  @Test func `abandons a closure that ignores its cancellation, and stages nothing for it`() async throws {
    let storage = InMemoryIOManager()
    let release = AsyncStream.makeStream(of: Void.self)
    let location = try load(storage: storage) {
      Asset<Int>("weather/deaf") { _ in
        await Task { for await _ in release.stream {} }.value
        return 1
      }
    }
    let reports = try await location.materialize("weather/deaf", within: .milliseconds(10))
    #expect(reports.failure?.kind == .timedOut)
    release.continuation.finish()
    #expect(try await location.runner.unsettled() == [])
  }

  @Test func `runs nothing for a deadline that is past`() async throws {
    let location = try load {
      Asset("weather/late") { _ in
        try await Task.sleep(for: .seconds(600))
        return 1
      }
    }
    let reports = try await location.materialize("weather/late", within: .seconds(-10))
    #expect(reports.failure?.kind == .timedOut)
    // It says what would have to change.
    #expect(
      reports.failure?.message.contains("its step's timeout is 3600 s, and '.timeout(…)' on the asset allows it more") == true)
  }

  @Test func `goes by how long a grant leaves it, and not by the control plane's clock`() async throws {
    let shown = Mutex<Timestamp?>(nil)
    let location = try load {
      Asset("weather/now") { step in
        shown.withLock { $0 = step.deadline }
        return 1
      }
    }
    let before = Timestamp(Date())
    for behind in [Duration.seconds(3 * 3_600), .seconds(-3 * 3_600)] {
      let reports = try await location.materialize("weather/now", within: behind, leaving: .seconds(3_600))
      #expect(reports.failure == nil)
      let deadline = try #require(shown.withLock { $0 })
      #expect(deadline >= before + .seconds(3_600) && deadline < before + .seconds(2 * 3_600))
    }
  }

  @Test func `reports a cancelled attempt when the calling task is cancelled`() async throws {
    let started = AsyncStream.makeStream(of: Void.self)
    let location = try load {
      Asset<Int>("weather/slow") { step in
        step.log.info("begun")
        started.continuation.yield()
        try await Task.sleep(for: .seconds(600))
        return 1
      }
    }
    let running = Task { try await location.materialize("weather/slow") }
    for await _ in started.stream { break }
    running.cancel()
    let reports = try await running.value
    #expect(reports.end == .cancelled)
    #expect(reports.lines == ["begun"])
    #expect(reports.kinds == ["started", "finished"])
  }

  @Test func `reports a cancelled attempt when it is cancelled while a check runs`() async throws {
    let started = AsyncStream.makeStream(of: Void.self)
    let location = try load {
      Asset("weather/a") { _ in 1 }.check("slow") { _, _ in
        started.continuation.yield()
        try await Task.sleep(for: .seconds(600))
        return .pass
      }
    }
    let running = Task { try await location.materialize("weather/a") }
    for await _ in started.stream { break }
    running.cancel()
    let reports = try await running.value
    #expect(reports.end == .cancelled)
    #expect(reports.kinds == ["started", "staged weather/a", "finished"])
  }

  @Test func `times out when the deadline comes during a check`() async throws {
    let location = try load {
      Asset("weather/a") { _ in 1 }.check("slow") { _, _ in
        try await Task.sleep(for: .seconds(600))
        return .pass
      }
    }
    let reports = try await location.materialize("weather/a", within: .milliseconds(100))
    #expect(reports.failure?.kind == .timedOut)
  }

  @Test func `runs the team's code on the executor that it is given`() async throws {
    let executor = NamedExecutor()
    let onIt = Mutex<[Bool]>([])
    let location = try LoadedLocation(
      name: "weather",
      definitions: Definitions {
        Asset("weather/a") { _ in
          onIt.withLock { $0.append(NamedExecutor.isCurrent) }
          return 1
        }
        .check("here too") { _, _ in
          onIt.withLock { $0.append(NamedExecutor.isCurrent) }
          return .pass
        }
      }, configuration: Configuration(), storage: InMemoryIOManager(), executor: executor)
    #expect(try await location.materialize("weather/a").end == .completed)
    #expect(onIt.withLock { $0 } == [true, true])
  }
}

/// An executor that knows its own threads.
private final class NamedExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "team")
  private static let key = "assetkit.executor"

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async {
      Thread.current.threadDictionary[Self.key] = true
      job.runSynchronously(on: self.asUnownedTaskExecutor())
      Thread.current.threadDictionary[Self.key] = nil
    }
  }

  static var isCurrent: Bool { Thread.current.threadDictionary[key] != nil }
}
