// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import ControlPlaneAPI
import Foundation
import Synchronization
import Testing

@Suite("What a run has logged", .timeLimit(.minutes(2)))
struct RunLogTests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  private struct Quota: LocalizedError {
    let errorDescription: String?
  }

  /// Fails twice, each time for another reason, and then makes its value.
  private var definitions: Definitions {
    Definitions {
      Asset("team/third", partitions: .keys("a")) { step in
        step.log.info("attempt \(step.attempt.number) begins")
        guard step.attempt.number > 2 else { throw Quota(errorDescription: "quota \(step.attempt.number) is used up") }
        return [step.attempt.number]
      }
      .retry(RetryPolicy(maxAttempts: 3, delay: .zero))
      Asset("team/never") { step -> [Int] in
        step.log.warning("trying")
        throw Quota(errorDescription: "no luck")
      }
      .retry(RetryPolicy(maxAttempts: 2, delay: .zero))
    }
  }

  private func withRun(_ body: @escaping @Sendable (ControlPlaneClient, UInt64) async throws -> Void) async throws {
    let location = try await RunningLocation("team", at: sockets.path("team"), definitions)
    try await RunningAPI.serve(try sockets.workspace(["team"])) { client, engine in
      try await engine.wait { $0.has("team/never") }
      let run = try await client.launch(LaunchRequest(selection: "*", partitions: "all", clientKey: "once"), wait: 60).run
      #expect(run.state == .failed)
      try await body(client, run.id)
    }
    try await location.stop()
  }

  @Test func `each attempt's error and times stay with its step, also with one that succeeded in the end`() async throws {
    try await withRun { client, run in
      let steps = try await client.steps(run: run, from: 0, limit: 10)
      let third = try #require(steps.first { $0.step == "team/third" })
      #expect(third.state == .succeeded && third.attempts == 3)
      #expect(third.failedAttempts.map(\.number) == [1, 2])
      #expect(third.failedAttempts.map(\.message) == ["Quota: quota 1 is used up", "Quota: quota 2 is used up"])
      #expect(third.failedAttempts.allSatisfy { $0.state == "failed" && $0.startedAt != nil })
      let troubled = try await client.run(run).troubled
      #expect(troubled.map(\.step) == ["team/never"])
      #expect(troubled.first?.failedAttempts.map(\.message) == ["Quota: no luck", "Quota: no luck"])
    }
  }

  @Test func `the live stream tells the end of each attempt`() async throws {
    try await withRun { client, run in
      let told = Mutex<[LiveEvent]>([])
      try await client.follow(run: run, after: 0) { event in
        told.withLock { $0.append(event) }
        return true
      }
      let ends = told.withLock { $0.filter { $0.kind == .attemptEnded && $0.asset == "team/third" } }
      #expect(ends.map(\.attempt) == [1, 2])
      #expect(ends.map(\.message) == ["Quota: quota 1 is used up", "Quota: quota 2 is used up"])
      let started = told.withLock { $0.filter { $0.kind == .stepStarted && $0.asset == "team/third" } }
      #expect(started.map(\.attempt) == [1, 2, 3])
    }
  }

  @Test func `lines are there by step and attempt, once the run has ended, page by page`() async throws {
    try await withRun { client, run in
      let third = try #require(try await client.steps(run: run, from: 0, limit: 10).first { $0.step == "team/third" }).ordinal
      let lines = try await client.logs(of: run, step: third)
      #expect(lines.map(\.message) == (1...3).map { "attempt \($0) begins" })
      #expect(lines.map(\.attempt) == [1, 2, 3])
      #expect(lines.allSatisfy { $0.asset == "team/third" && $0.partition == "a" && $0.location == "team" && $0.level == "info" })
      let all = try await client.logs(of: run)
      #expect(all.count == 5)
      var paged: [LogEntry] = []
      while let page = Optional(try await client.logs(of: run, after: paged.last?.sequence ?? 0, limit: 2)), !page.isEmpty {
        #expect(page.count <= 2)
        paged += page
      }
      #expect(paged == all)
      let unknown = await #expect(throws: APIError.self) { _ = try await client.logs(of: 99) }
      #expect(unknown?.code == .notFound)
    }
  }

  @Test func `an attempt that is lost with its process says how that ended, and the next one goes on`() async throws {
    let begun = AsyncStream.makeStream(of: Void.self)
    let definitions = Definitions {
      Asset("team/slow") { step in
        guard step.attempt.number == 1 else { return [step.attempt.number] }
        begun.continuation.yield()
        try await Task.sleep(for: .seconds(3_600))
        return []
      }
    }
    let first = try await RunningLocation("team", at: sockets.path("team"), definitions)
    let path = sockets.path("team")
    try await RunningAPI.serve(try sockets.workspace(["team"])) { client, engine in
      try await engine.wait { $0.has("team/slow") }
      let run = try await client.launch(LaunchRequest(selection: "team/slow", clientKey: "once")).run.id
      for await _ in begun.stream { break }
      await first.crash()
      let end = "was ended by signal 4 (SIGILL); its last lines:\nFatal error: Index out of range"
      let second = try await RunningLocation("team", at: path, previousEnd: end, definitions)
      #expect(try await client.run(run, wait: 60).run.state == .succeeded)
      let step = try #require(try await client.steps(run: run, from: 0, limit: 1).first)
      #expect(step.failedAttempts.map(\.state) == ["lost"])
      #expect(step.failedAttempts.first?.message == "the process of location 'team' \(end)")
      try await second.stop()
    }
  }

  @Test func `a stream that breaks between two events of one position goes on with the second`() throws {
    func event(_ position: UInt64, _ message: String) -> LiveEvent {
      LiveEvent(position: position, at: Instant(Timestamp(seconds: 0)), kind: .stepLog, message: message)
    }
    var place = StreamPlace(4)
    place.begin()
    #expect(place.after == 4)
    var seen: [String?] = []
    for next in [event(5, "a"), event(7, "b"), event(7, "c")] where place.take(next) { seen.append(next.message) }
    // It broke before the third of position 7.
    #expect(place.after == 6)
    place.begin()
    for next in [event(7, "b"), event(7, "c"), event(7, "d"), event(8, "e")] where place.take(next) { seen.append(next.message) }
    #expect(seen == ["a", "b", "c", "d", "e"])
    #expect(StreamPlace(nil).after == nil)
  }
}
