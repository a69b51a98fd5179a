// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization
import Testing

/// What launches of many assets do to others, and what becomes of them while definitions change or the store goes away.
@Suite("Launching beside the loop", .timeLimit(.minutes(10)))
struct LaunchingTests {
  /// Something happens before each job; then the job runs.
  private final class Beside: TaskExecutor {
    private let hook = Mutex<(@Sendable () async -> Void)?>(nil)

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      let hook = hook.withLock { $0 }
      Task.detached {
        await hook?()
        job.runSynchronously(on: self.asUnownedTaskExecutor())
      }
    }

    /// From now on this happens.
    func set(_ body: (@Sendable () async -> Void)?) { hook.withLock { $0 = body } }
  }

  /// A journal that is away once it holds so many runs.
  private struct ShortJournal: ForwardingJournal {
    let base = MemoryJournal(incarnation: Incarnation(7))
    let most: Int
    private let runs = Runs()

    private final class Runs: Sendable { let count = Mutex(0) }

    init(most: Int) { self.most = most }

    func append(_ batch: JournalBatch) async throws {
      let launched = batch.events.count { if case .runLaunched = $0.event { true } else { false } }
      let isAway = runs.count.withLock { count in
        count += launched
        return count > most
      }
      if isAway { throw JournalError(.unavailable, "the disk is full") }
      try await base.append(batch)
    }
  }

  private static func manifest(_ count: Int) throws -> Manifest {
    Manifest(location: "shop", steps: try (0..<count).map { try EngineTests.asset("shop/a\($0)") })
  }

  private static func digest(_ count: Int) -> ManifestDigest { ManifestDigest("digest-\(count)") }

  /// Runs `body` against an engine whose only location defines so many assets, and has no session.
  private static func withEngine(
    _ count: Int, on journal: any Journal = MemoryJournal(incarnation: Incarnation(7)), beside: any TaskExecutor = Beside(),
    _ body: @Sendable @escaping (Engine) async throws -> Void
  ) async throws {
    let engine = Engine(journal: journal, plane: ScriptedPlane(), beside: beside)
    let manifest = try manifest(count)
    try await withThrowingTaskGroup { group in
      group.addTask { try await engine.run() }
      _ = try await engine.submit(.loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: "shop")])))
      _ = try await engine.submit(.manifestReceived("shop", digest(count), manifest))
      try await body(engine)
      group.cancelAll()
    }
  }

  @Test("the loop works out no launch of a large workspace, neither without nor with what was worked out on other definitions")
  func large() throws {
    var bench = Bench()
    let count = Engine.largeGraph
    bench.deploy("shop", try Self.manifest(count - 1).steps, slots: 0)
    let request = LaunchRequest(.all)
    let old = PreparedLaunch(request, on: bench.state, policy: bench.core.policy, at: bench.now)
    bench.deploy("shop", try Self.manifest(count).steps, slots: 0)
    for prepared in [old, .missing] {
      guard case .refused(let error) = bench.send(.launch(request, prepared: prepared)).reply else {
        Issue.record("it was worked out on the loop")
        return
      }
      #expect(error.code == .stale)
    }
    #expect(bench.state.unfinishedRuns.isEmpty)
    let fresh = PreparedLaunch(request, on: bench.state, policy: bench.core.policy, at: bench.now)
    bench.send(.launch(request, prepared: fresh))
    #expect(bench.state.unfinishedRuns.count == 1)
  }

  @Test("a manifest that comes while a launch is worked out has it worked out again")
  func manifestMeanwhile() async throws {
    let beside = Beside()
    let count = Engine.largeGraph
    let other = try Self.manifest(count + 1)
    try await Self.withEngine(count, beside: beside) { engine in
      let times = Mutex(0)
      let isFirst = Atomic(true)
      beside.set {
        times.withLock { $0 += 1 }
        guard isFirst.exchange(false, ordering: .relaxed) else { return }
        _ = try? await engine.submit(.manifestReceived("shop", Self.digest(count + 1), other))
      }
      let receipt = try await engine.launch(LaunchRequest(.all))
      #expect(receipt.steps == count + 1)
      #expect(times.withLock { $0 } >= 2)
    }
  }

  @Test("where one comes each time, the launch is refused, and the loop has not worked it out")
  func manifestsAllTheTime() async throws {
    let beside = Beside()
    let count = Engine.largeGraph
    let manifests = [try Self.manifest(count), try Self.manifest(count + 1)]
    try await Self.withEngine(count, beside: beside) { engine in
      let turn = Mutex(0)
      beside.set {
        let number = turn.withLock { turn in
          turn += 1
          return turn
        }
        _ = try? await engine.submit(.manifestReceived("shop", ManifestDigest("turn-\(number)"), manifests[number % 2]))
      }
      let error = await #expect(throws: CommandError.self) { _ = try await engine.launch(LaunchRequest(.all)) }
      #expect(error?.code == .stale)
      beside.set(nil)
      let unfinished = try await engine.read { $0.unfinishedRunCount }
      #expect(unfinished == 0)
    }
  }

  @Test("a launch whose task is cancelled while it waits for another is not decided")
  func cancelled() async throws {
    let beside = Beside()
    let (began, begin) = AsyncStream.makeStream(of: Void.self)
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    try await Self.withEngine(Engine.largeGraph, beside: beside) { engine in
      beside.set {
        begin.yield()
        for await _ in gate {}
      }
      let first = Task { try await engine.launch(LaunchRequest(.all)) }
      for await _ in began { break }
      let second = Task { try await engine.launch(LaunchRequest(.all)) }
      second.cancel()
      await #expect(throws: CancellationError.self) { _ = try await second.value }
      open.finish()
      let receipt = try await first.value
      #expect(receipt.steps == Engine.largeGraph)
      let unfinished = try await engine.read { $0.unfinishedRunCount }
      #expect(unfinished == 1)
    }
  }

  @Test("where the store goes away midway, what was launched before is told, and the rest is refused")
  func storeGoesAway() async throws {
    let most = Engine.launchesAtOnce + 100
    try await Self.withEngine(1, on: ShortJournal(most: most)) { engine in
      let request = LaunchRequest(try Selection("shop/a0"))
      let replies = try await engine.launch(Array(repeating: request, count: 3 * Engine.launchesAtOnce))
      #expect(replies.count == 3 * Engine.launchesAtOnce)
      let launched = replies.prefix { if case .launched = $0 { true } else { false } }.count
      #expect(launched == Engine.launchesAtOnce)
      let refused = replies.dropFirst(launched).compactMap { if case .refused(let error) = $0 { error } else { nil } }
      #expect(refused.count == 2 * Engine.launchesAtOnce && refused.allSatisfy { $0.code == .undecided })
      #expect(refused.first?.message.hasPrefix("it may have been launched or not") == true)
      #expect(refused.last?.message.hasPrefix("it was not launched") == true)
    }
  }
}
