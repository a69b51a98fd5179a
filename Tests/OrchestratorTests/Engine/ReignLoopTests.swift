// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization
import Testing

/// What the engine does while a batch is on its way into the store.
@Suite("Deciding ahead", .timeLimit(.minutes(10)))
struct ReignLoopTests {
  /// Runs jobs one after the other, by itself or one at a time as it is told.
  private final class Stepper: TaskExecutor {
    private struct Content {
      var jobs: [UnownedJob] = []
      var isManual = false
      var isDraining = false
      var waiter: CheckedContinuation<Void, Never>?
    }

    private let content = Mutex(Content())

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      let waiter = content.withLock { content in
        content.jobs.append(job)
        defer { content.waiter = nil }
        return content.waiter
      }
      waiter?.resume()
      drain()
    }

    /// From now on jobs wait for ``runNext()``, or no longer do.
    func setManual(_ isManual: Bool) {
      content.withLock { $0.isManual = isManual }
      drain()
    }

    /// Runs the next job once there is one.
    func runNext() async {
      await withCheckedContinuation { continuation in
        let isThere = content.withLock { content in
          if !content.jobs.isEmpty { return true }
          content.waiter = continuation
          return false
        }
        if isThere { continuation.resume() }
      }
      let job = content.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
      job?.runSynchronously(on: asUnownedTaskExecutor())
    }

    private func drain() {
      let mayBegin = content.withLock { content in
        guard !content.isManual, !content.isDraining, !content.jobs.isEmpty else { return false }
        content.isDraining = true
        return true
      }
      guard mayBegin else { return }
      Task.detached { self.drainAll() }
    }

    private func drainAll() {
      while true {
        let job = content.withLock { content -> UnownedJob? in
          guard !content.isManual, !content.jobs.isEmpty else {
            content.isDraining = false
            return nil
          }
          return content.jobs.removeFirst()
        }
        guard let job else { return }
        job.runSynchronously(on: asUnownedTaskExecutor())
      }
    }
  }

  /// A clock that stands still and counts who waits for it.
  private final class StandingClock: EngineClock {
    let sleeps = Mutex(0)
    private let instant = Mutex(Timestamp(seconds: 1_000))

    var now: Timestamp { instant.withLock { $0 } }
    func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }
    var uptime: Duration { now - Timestamp(seconds: 0) }
    func sleep(until wake: Duration) async throws {
      sleeps.withLock { $0 += 1 }
      if wake <= uptime { return }
      // Nothing comes due by itself here: whoever advances the clock wakes the loop with a command.
      let (never, end) = AsyncStream.makeStream(of: Never.self)
      for await _ in never {}
      end.finish()
      throw CancellationError()
    }
  }

  /// Launches a run of an asset without waiting for the answer.
  private func launch(_ asset: String, key: String? = nil, on engine: Engine) throws -> Task<LaunchReceipt, any Error> {
    let request = LaunchRequest(try Selection(asset), clientKey: key)
    let (launched, submitted) = AsyncStream.makeStream(of: Result<[Reply], any Error>.self)
    engine.submit([.launch(request)], in: Reign(incarnation: Incarnation(7), epoch: 1)) { result in
      submitted.yield(result)
      submitted.finish()
    }
    return Task {
      for await result in launched {
        guard case .launched(let receipt)? = try result.get().first else { break }
        return receipt
      }
      throw CancellationError()
    }
  }

  /// Runs `body` against an engine that leads and knows the shop, which has no session: nothing happens but what the body does.
  private func withQuietEngine(
    on journal: HeldJournal, executor: (any TaskExecutor)? = nil, clock: any EngineClock = SystemClock(),
    _ body: @Sendable (Engine, ScriptedPlane) async throws -> Void
  ) async throws {
    let plane = ScriptedPlane()
    let engine = Engine(journal: journal, plane: plane, clock: clock)
    try await withThrowingTaskGroup { group in
      group.addTask(executorPreference: executor) { try await engine.run() }
      let workspace = WorkspaceDefinition(locations: [LocationDefinition(name: "shop")])
      let manifest = try EngineTests.shop()
      _ = try await engine.submit([.loadWorkspace(workspace), .manifestReceived("shop", ManifestDigest("one"), manifest)])
      try await body(engine, plane)
      group.cancelAll()
    }
  }

  @Test("commands that come while a batch is appended are decided, and become durable together")
  func decidedTogether() async throws {
    let journal = HeldJournal()
    try await withQuietEngine(on: journal) { engine, _ in
      journal.hold()
      let first = try launch("shop/orders", on: engine)
      await journal.reachesAppend()
      let sent = journal.batches.count
      let others = [try launch("shop/revenue", on: engine), try launch("shop/report", on: engine)]
      #expect(journal.batches.count == sent, "one batch at a time is on its way")
      journal.letGo()
      #expect(try await first.value.run == RunID(1))
      #expect(try await others[0].value.run == RunID(2))
      #expect(try await others[1].value.run == RunID(3))
      #expect(journal.batches.count == sent + 1)
      let runs = try await engine.read { $0.unfinishedRuns }
      #expect(runs == [RunID(1), RunID(2), RunID(3)])
    }
  }

  @Test("behind a batch that is on its way so much is decided, and what more commands move waits for the next")
  func decidesSoMuchAhead() async throws {
    let journal = HeldJournal()
    try await withQuietEngine(on: journal) { engine, _ in
      journal.hold()
      let first = try launch("shop/revenue", on: engine)
      await journal.reachesAppend()
      let sent = journal.batches.count
      let others = try (0..<400).map { _ in try launch("shop/revenue", on: engine) }  // three events each
      journal.letGo()
      _ = try await first.value
      for other in others { _ = try await other.value }
      #expect((400..<900).contains(journal.batches[sent].count))
      while try await !engine.read({ $0.unfinishedRuns.isEmpty }) { await Task.yield() }  // polls
    }
  }

  @Test("a query sees nothing that is not durable, and waits for what was decided before it")
  func queriesSeeTheDurable() async throws {
    let journal = HeldJournal()
    try await withQuietEngine(on: journal) { engine, _ in
      let before = engine.position
      journal.hold()
      let run = try launch("shop/orders", on: engine)
      await journal.reachesAppend()
      let query = Task { (try await engine.read { $0.unfinishedRuns }, engine.position) }
      // Behind the query: it must not be seen either, and must not keep the query waiting.
      let later = try launch("shop/revenue", on: engine)
      #expect(engine.position == before)
      journal.letGo()
      let (runs, position) = try await query.value
      #expect(position > before)
      #expect(runs.first == RunID(1))
      #expect(try await run.value.run == RunID(1))
      #expect(try await later.value.run == RunID(2))
    }
  }

  @Test("a repeat of a launch that is not durable yet is answered after it, with the same run")
  func repeatsWait() async throws {
    let journal = HeldJournal()
    try await withQuietEngine(on: journal) { engine, _ in
      journal.hold()
      let first = try launch("shop/orders", key: "once", on: engine)
      await journal.reachesAppend()
      let again = try launch("shop/orders", key: "once", on: engine)
      let isAnswered = Mutex(false)
      let answer = Task {
        defer { isAnswered.withLock { $0 = true } }
        return try await again.value
      }
      let isEarly = isAnswered.withLock { $0 }
      #expect(!isEarly)
      journal.letGo()
      let (receipt, repeated) = try await (first.value, answer.value)
      #expect(receipt.run == repeated.run)
      #expect(!receipt.isRepeat && repeated.isRepeat)
    }
  }

  @Test("what was decided behind an append that fails is refused, and forgotten")
  func failureTakesAlongWhatCameAfter() async throws {
    let journal = HeldJournal()
    try await withQuietEngine(on: journal) { engine, plane in
      journal.hold()
      let first = try launch("shop/orders", on: engine)
      await journal.reachesAppend()
      let second = try launch("shop/revenue", on: engine)
      journal.letGo(JournalError(.unavailable, "the disk is gone"))
      let ambiguous = await #expect(throws: EngineError.self) { try await first.value }
      #expect(ambiguous?.code == .ambiguous)
      let refused = await #expect(throws: EngineError.self) { try await second.value }
      #expect(refused?.code == .paused, "nothing of it was sent to the store")
      // The next reign leads on what is durable: neither run was ever there.
      var run: RunID?
      while run == nil { run = try? await engine.launch(LaunchRequest(try Selection("shop/orders"))).run }  // polls
      #expect(run == RunID(1))
      let isUntouched = plane.granted.withLock { $0.isEmpty }
      #expect(isUntouched)
    }
  }

  @Test("an engine that is stopped while a batch is on its way keeps what has landed")
  func stopsBehindAnAppend() async throws {
    let journal = HeldJournal()
    let answer = Mutex<Task<LaunchReceipt, any Error>?>(nil)
    try await withQuietEngine(on: journal) { engine, _ in
      journal.hold()
      let run = try launch("shop/orders", on: engine)
      await journal.reachesAppend()
      answer.withLock { $0 = run }
      // The body returns, and the engine is cancelled: the append goes through only then.
      Task { journal.letGo() }
    }
    let position = try await journal.open().position
    let events = try await journal.read(after: 0, limit: 100)
    #expect(events.count == Int(position))
    #expect(events.contains { if case .runLaunched = $0.event { true } else { false } })
    let receipt = try await answer.withLock { $0 }?.value
    #expect(receipt?.run == RunID(1))
  }

  @Test("who came behind the news that an append has failed is answered too")
  func failureAnswersWhoCameBehindIt() async throws {
    let journal = HeldJournal()
    let stepper = Stepper()
    try await withQuietEngine(on: journal, executor: stepper) { engine, _ in
      journal.hold()
      let first = try launch("shop/orders", on: engine)
      await journal.reachesAppend()
      stepper.setManual(true)
      journal.letGo(JournalError(.unavailable, "the disk is gone"))
      // The append ends, and its news lie in the inbox; the loop has not looked yet.
      await stepper.runNext()
      let second = try launch("shop/revenue", on: engine)
      let query = Task { try await engine.read { $0.unfinishedRuns } }
      stepper.setManual(false)
      await #expect(throws: EngineError.self) { try await first.value }
      await #expect(throws: EngineError.self) { try await second.value }
      // Refused with this reign, or answered by the next.
      if let runs = try? await query.value { #expect(runs.isEmpty) }
    }
  }

  @Test("launches that take longer than a round has time for are decided in several, others get their turn, and all are answered")
  func launchesInPortions() async throws {
    let journal = HeldJournal()
    try await withQuietEngine(on: journal) { engine, _ in
      let steps = try (0..<500).map { try EngineTests.asset("shop/a\($0)") }
      let manifest = Manifest(location: "shop", steps: steps)
      _ = try await engine.submit(.manifestReceived("shop", ManifestDigest("two"), manifest))
      journal.hold()
      let first = try launch("shop/a0", on: engine)
      await journal.reachesAppend()
      let launches = Task { try await engine.submit(Array(repeating: .launch(LaunchRequest(.all)), count: 40)) }
      // Whichever of both is there first.
      let other = try launch("shop/a1", on: engine)
      journal.letGo()
      _ = try await first.value
      let runs = try await launches.value.compactMap { if case .launched(let receipt) = $0 { receipt.run } else { nil } }
      #expect(runs == runs.sorted() && Set(runs).count == 40)
      #expect(try await other.value.run < runs[39])
      let most = journal.batches.map { $0.count { if case .runLaunched = $0.event { true } else { false } } }.max() ?? 0
      #expect(most <= 5, "each of them looks at more than a thousand things")
    }
  }

  @Test("a message of more reports than a round has time for is decided in several, in order, and answered as one")
  func reportsInPortions() async throws {
    let journal = HeldJournal()
    try await withQuietEngine(on: journal) { engine, _ in
      let unknown = AttemptID(incarnation: Incarnation(7), step: StepID(run: RunID(99), ordinal: 0), number: 1)
      let portion = Command.reports("shop", Array(repeating: .finished(unknown, .completed), count: 10))
      async let replies = engine.submit(Array(repeating: portion, count: 2_000))
      async let behind = engine.launch(LaunchRequest(try Selection("shop/orders")))
      #expect(try await replies == Array(repeating: .taken(ignored: 10), count: 2_000))
      #expect(try await behind.run == RunID(1))
      let tally = try await engine.tallies()["shop"]
      #expect(tally?[.unknownAttempt] == 20_000)
    }
  }

  @Test("a tick that waits to be decided sends no other on its way")
  func oneTickAtATime() async throws {
    let journal = HeldJournal()
    let clock = StandingClock()
    try await withQuietEngine(on: journal, clock: clock) { engine, _ in
      // Steps of a location that has no session wait for it, and no longer than patience: that is a timer.
      _ = try await engine.launch(LaunchRequest(try Selection("shop/orders")))
      journal.hold()
      let run = try launch("shop/orders", on: engine)
      await journal.reachesAppend()
      clock.advance(by: .seconds(10_000))
      let query = Task { try await engine.read { $0.unfinishedRuns } }
      let before = clock.sleeps.withLock { $0 }
      #expect(before > 0, "there is no timer")
      var others: [Task<LaunchReceipt, any Error>] = []
      for _ in 0..<100 { others.append(try launch("shop/revenue", on: engine)) }
      journal.letGo()
      _ = try? await run.value
      _ = try await query.value
      for other in others { _ = try await other.value }
      let slept = clock.sleeps.withLock { $0 } - before
      #expect(slept < 20, "\(slept) ticks set out")
    }
  }
}
