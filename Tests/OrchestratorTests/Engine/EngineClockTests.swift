// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization
import Testing

@Suite("An engine whose wall clock is set (semantics 20, 21)", .timeLimit(.minutes(10)))
struct EngineClockTests {
  private static let ahead: Duration = .seconds(3 * 3_600)

  private final class Notices: EngineObserver {
    let all = Mutex<[UpkeepNotice]>([])
    func upkeep(_ notice: UpkeepNotice) { all.withLock { $0.append(notice) } }
  }

  private static func shop() throws -> Manifest {
    let output = AssetSpec(key: "shop/orders", output: OutputSpec(scheme: "memory", format: "none/1"))
    let retry = RetryPolicy(maxAttempts: 9, delay: .seconds(2), backoff: 1, jitter: 0)
    let step = StepSpec(name: "shop/orders", outputs: [output], retry: retry, timeout: .seconds(100))
    let schedule = ScheduleSpec(
      name: "often", cron: try CronExpression("* * * * *"), zone: .utc, selection: try Selection("shop/orders"))
    return Manifest(location: "shop", steps: [step], schedules: [schedule])
  }

  /// Waits for an event after a position.
  private func event(of engine: Engine, after position: JournalPosition = 0, _ isIt: (Event) -> Bool) async throws
    -> JournalPosition
  {
    var position = position
    while true {
      for stamped in try await engine.events(after: position, limit: 100) {
        position += 1
        if isIt(stamped.event) { return position }
      }
    }
  }

  private func withEngine(
    on journal: MemoryJournal, _ clock: ScriptedClock, _ notices: Notices,
    _ body: @Sendable (Engine, ScriptedPlane) async throws -> Void
  ) async throws {
    let plane = ScriptedPlane()
    let engine = Engine(journal: journal, plane: plane, clock: clock, observer: notices)
    let shop = try Self.shop()
    try await withThrowingTaskGroup { group in
      group.addTask { try await engine.run() }
      group.addTask { await plane.serve(engine, manifests: [shop]) }
      _ = try await engine.submit(.loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: "shop")])))
      try await body(engine, plane)
      group.cancelAll()
    }
  }

  @Test("A retry, a deadline and a schedule go on when the clock was ahead, and it is told by how much the journal is")
  func corrected() async throws {
    let (clock, notices) = (ScriptedClock(), Notices())
    let start = clock.now
    try await withEngine(on: MemoryJournal(incarnation: Incarnation(7)), clock, notices) { engine, plane in
      #expect(engine.journalAhead == nil)
      plane.script.withLock { $0.throwing = ["shop/orders"] }
      _ = try await event(of: engine) { if case .sessionOpened = $0 { true } else { false } }
      clock.set(by: Self.ahead)
      let run = try await engine.launch(LaunchRequest(.all)).run
      let failed = try await event(of: engine) { if case .retryScheduled = $0 { true } else { false } }
      plane.script.withLock { $0.throwing = [] }
      clock.set(by: .zero - Self.ahead)
      #expect(engine.journalAhead == Self.ahead)

      await clock.advance(by: .seconds(2))
      #expect(try await engine.outcome(of: run) == .succeeded)
      let grant = try #require(plane.granted.withLock { $0.last })
      #expect(grant.timeLeft == .seconds(100))
      #expect(grant.deadline == clock.now + .seconds(100))

      for _ in 0..<7 { await clock.advance(by: Engine.clockPeriod) }
      _ = try await event(of: engine, after: failed) {
        if case .scheduleTicked(_, start + .seconds(60), _, _, _) = $0 { true } else { false }
      }
      #expect(engine.journalAhead.map { $0 < Self.ahead } == true)
      clock.set(by: Self.ahead)
      #expect(engine.journalAhead == nil)
      _ = try await engine.submit(.tick)
      let told = notices.all.withLock { $0 }
      let steps = told.compactMap { if case .clockSet(let step) = $0 { step } else { nil } }
      #expect(steps == [Self.ahead, .zero - Self.ahead, Self.ahead])
      #expect(told.contains { if case .journalAhead(let lead) = $0 { lead <= Self.ahead } else { false } })
      #expect(told.last == .journalLevel)
    }
  }

  @Test(
    "When the store was away, spans go on with the time that went by, whatever the clock was set to; after another's reign with the clock"
  )
  func away() {
    let start = Timestamp(seconds: 1_767_225_600)
    var state = State(incarnation: Incarnation(1))
    state.evolve(StampedEvent(at: start, event: .reignBegan(1)))
    var time = EngineTime()
    func running(after seconds: Int) -> Duration {
      time.read(wall: start + Self.ahead, uptime: .seconds(seconds)).reading.running - start
    }
    time.begin(1, after: state, wall: start, uptime: .zero)
    time.begin(2, after: state, wall: start + Self.ahead, uptime: .seconds(30))
    let own = running(after: 60)
    #expect(own == .seconds(60))
    time.begin(4, after: state, wall: start + Self.ahead, uptime: .seconds(60))
    let others = running(after: 60)
    #expect(others == Self.ahead)
  }
}
