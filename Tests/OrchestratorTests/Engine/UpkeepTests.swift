// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization
import Testing

/// An engine keeps its journal short to start from.
@Suite("Upkeep")
struct UpkeepTests {
  /// Lets go of whoever sleeps for the pruning interval when told to; others sleep until cancelled.
  private final class ManualClock: EngineClock {
    private let instant: Timestamp
    private let pulses: AsyncStream<Void>
    private let pulse: AsyncStream<Void>.Continuation

    init(_ instant: Timestamp) {
      self.instant = instant
      (pulses, pulse) = AsyncStream.makeStream()
    }

    var now: Timestamp { instant }

    func advance() { pulse.yield() }

    var uptime: Duration { .zero }

    func sleep(until uptime: Duration) async throws {
      let isLoop = uptime <= Engine.clockPeriod
      let (never, _) = AsyncStream.makeStream(of: Void.self)
      for await _ in isLoop ? never : pulses { return }
      try Task.checkCancellation()
    }
  }

  private final class Notices: EngineObserver {
    let stream: AsyncStream<UpkeepNotice>
    private let into: AsyncStream<UpkeepNotice>.Continuation

    init() { (stream, into) = AsyncStream.makeStream() }

    func upkeep(_ notice: UpkeepNotice) { into.yield(notice) }
  }

  private static let start = Timestamp(seconds: 1_400_000_000)

  private static func policy(every count: UInt64, atStopAfter last: UInt64 = 1) -> UpkeepPolicy {
    var policy = UpkeepPolicy()
    policy.snapshotEvery = count
    policy.snapshotAtStopAfter = last
    policy.retention = RetentionPolicy(age: .zero, runs: 0)
    return policy
  }

  /// Runs the body against a leading engine, then stops it in order.
  private func withEngine(
    on journal: MemoryJournal, _ policy: UpkeepPolicy, clock: any EngineClock = ManualClock(start), notices: Notices,
    _ body: @Sendable (Engine) async throws -> Void
  ) async throws {
    let engine = Engine(
      journal: journal, plane: ScriptedPlane(), clock: clock, upkeep: policy, observer: notices)
    try await withThrowingTaskGroup { group in
      group.addTask { try await engine.run() }
      _ = try await engine.submit(.tick)
      try await body(engine)
      group.cancelAll()
    }
  }

  private func load(_ engine: Engine, times count: Int) async throws {
    for number in 0..<count {
      let name = try LocationName("location-\(number)")
      _ = try await engine.submit(.loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: name)])))
    }
  }

  @Test("a snapshot is taken every so many events, and the next start replays only what follows the last one")
  func snapshots() async throws {
    let journal = MemoryJournal(incarnation: Incarnation(7))
    let notices = Notices()
    try await withEngine(on: journal, Self.policy(every: 5, atStopAfter: 1_000), notices: notices) { engine in
      try await load(engine, times: 12)
      for await notice in notices.stream { if case .snapshotSaved = notice { break } }
    }
    let saved = try #require(try await journal.snapshot().newest)
    #expect(saved.position >= 5)
    let again = Notices()
    try await withEngine(on: journal, Self.policy(every: 500), notices: again) { engine in
      for await notice in again.stream {
        guard case .replayed(let from, let end) = notice else { continue }
        #expect(from == saved.position && end == 13)
        break
      }
      let state = try await engine.read { $0 }
      var replayed = State(incarnation: Incarnation(7))
      for event in try await journal.read(after: 0, limit: 100) { replayed.evolve(event) }
      #expect(state == replayed)
    }
  }

  @Test("an engine that is stopped in order leaves a snapshot of its end")
  func atStop() async throws {
    let journal = MemoryJournal(incarnation: Incarnation(7))
    try await withEngine(on: journal, Self.policy(every: 1_000), notices: Notices()) { engine in
      try await load(engine, times: 4)
    }
    let snapshot = try #require(try await journal.snapshot().newest)
    #expect(snapshot.position == 5)
    #expect(try await journal.open().position == 5)
  }

  @Test("what retention does not keep is pruned each interval, and the engine starts from a journal without its beginning")
  func pruning() async throws {
    let journal = MemoryJournal(incarnation: Incarnation(7))
    let clock = ManualClock(Self.start)
    let notices = Notices()
    try await withEngine(on: journal, Self.policy(every: 4), clock: clock, notices: notices) { engine in
      try await load(engine, times: 9)
      for await notice in notices.stream { if case .snapshotSaved = notice { break } }
      clock.advance()
      for await notice in notices.stream {
        guard case .pruned(let report) = notice else { continue }
        #expect(report.beginning >= 4)
        break
      }
    }
    await #expect(throws: JournalError.self) { try await journal.read(after: 0, limit: 1) }
    try await withEngine(on: journal, Self.policy(every: 4), notices: Notices()) { engine in
      let names = try await engine.read { $0.locationSummaries.count }
      #expect(names == 9)
    }
  }
}
