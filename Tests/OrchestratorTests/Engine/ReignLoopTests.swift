// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization
import Testing

/// What the engine does while a batch is on its way into the store.
@Suite("Deciding ahead")
struct ReignLoopTests {
  /// A journal whose appends wait at a barrier, one after the other, and may be told to fail there.
  private final class HeldJournal: Journal {
    private struct Content {
      var isHeld = false
      var waiting: [CheckedContinuation<Void, any Error>] = []
      var reached: [CheckedContinuation<Void, Never>] = []
      var batches: [[StampedEvent]] = []
    }

    let base = MemoryJournal(incarnation: Incarnation(7))
    private let content = Mutex(Content())

    var history: any History { base.history }
    func open() async throws -> JournalOpening { try await base.open() }
    func read(after position: JournalPosition, limit: Int) async throws -> [StampedEvent] {
      try await base.read(after: position, limit: limit)
    }
    func snapshot() async throws -> SnapshotReading { try await base.snapshot() }
    func save(_ snapshot: JournalSnapshot) async throws { try await base.save(snapshot) }
    func prune(_ policy: RetentionPolicy, at now: Timestamp) async throws -> PruningReport {
      try await base.prune(policy, at: now)
    }

    func append(_ batch: JournalBatch) async throws {
      let isHeld = content.withLock { content in
        content.batches.append(batch.events)
        return content.isHeld
      }
      if isHeld {
        try await withCheckedThrowingContinuation { continuation in
          let reached = content.withLock { content in
            content.waiting.append(continuation)
            defer { content.reached = [] }
            return content.reached
          }
          for waiter in reached { waiter.resume() }
        }
      }
      try await base.append(batch)
    }

    /// The events of each batch that the engine has sent so far.
    var batches: [[StampedEvent]] { content.withLock(\.batches) }

    /// From now on appends wait.
    func hold() { content.withLock { $0.isHeld = true } }

    /// Returns once an append waits.
    func reachesAppend() async {
      await withCheckedContinuation { continuation in
        let isThere = content.withLock { content in
          if !content.waiting.isEmpty { return true }
          content.reached.append(continuation)
          return false
        }
        if isThere { continuation.resume() }
      }
    }

    /// Lets appends pass again; the one that waits fails where there is an error.
    func letGo(_ error: JournalError? = nil) {
      let waiting = content.withLock { content in
        content.isHeld = false
        defer { content.waiting = [] }
        return content.waiting
      }
      for waiter in waiting {
        if let error { waiter.resume(throwing: error) } else { waiter.resume() }
      }
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
    on journal: HeldJournal, _ body: @Sendable (Engine, ScriptedPlane) async throws -> Void
  ) async throws {
    let plane = ScriptedPlane()
    let engine = Engine(journal: journal, plane: plane)
    try await withThrowingTaskGroup { group in
      group.addTask { try await engine.run() }
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
}
