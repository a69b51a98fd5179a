// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization
import Testing

/// An engine that follows what another process writes.
@Suite("Following", .timeLimit(.minutes(10)))
struct FollowingTests {
  /// A journal in memory as another process that leads it lets it be seen; followers look when they are told to.
  private final class Shared: SharedJournal {
    let base: MemoryJournal
    private let leader = Mutex<String?>("other")
    /// How often the store is away before it can be opened.
    private let outages = Mutex(0)
    private let beginning = Mutex<JournalPosition>(0)
    private let changes: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation
    /// Runs once, between the read of a snapshot and what follows it.
    private let onSnapshot = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ base: MemoryJournal) {
      self.base = base
      (changes, change) = AsyncStream.makeStream()
    }

    func fail(times: Int) { outages.withLock { $0 = times } }

    func announce() { change.yield() }

    func resign() {
      leader.withLock { $0 = nil }
      announce()
    }

    func afterNextSnapshot(_ body: @escaping @Sendable () async throws -> Void) { onSnapshot.withLock { $0 = body } }

    var isLeadershipInDoubt: Bool { false }
    var history: any History { base.history }

    func open() async throws -> JournalOpening {
      let isAway = outages.withLock { left in
        defer { left = max(0, left - 1) }
        return left > 0
      }
      if isAway { throw JournalError(.unavailable, "away") }
      if let leader = leader.withLock({ $0 }) { throw JournalError(.held, "held by \(leader)") }
      return try await base.open()
    }

    func glance() async throws -> JournalOpening {
      JournalOpening(
        incarnation: Incarnation(7), epoch: 1, position: try await end(), beginning: beginning.withLock { $0 })
    }

    func look() async throws -> LeadershipLook {
      LeadershipLook(leader: leader.withLock { $0 }, remaining: .seconds(3), position: try await end())
    }

    func waitForChange(timeout: Duration) async -> Bool {
      for await _ in changes { return true }
      return false
    }

    func snapshot() async throws -> SnapshotReading {
      let reading = try await base.snapshot()
      let body = onSnapshot.withLock { $0.take() }
      try await body?()
      return reading
    }

    func read(after position: JournalPosition, limit: Int) async throws -> [StampedEvent] {
      try await base.read(after: position, limit: limit)
    }
    func append(_ batch: JournalBatch) async throws { try await base.append(batch) }
    func save(_ snapshot: JournalSnapshot) async throws { try await base.save(snapshot) }
    func prune(_ policy: RetentionPolicy, at now: Timestamp) async throws -> PruningReport {
      let report = try await base.prune(policy, at: now)
      beginning.withLock { $0 = report.beginning }
      return report
    }

    private func end() async throws -> JournalPosition {
      let beginning = beginning.withLock { $0 }
      return beginning + JournalPosition(try await base.read(after: beginning, limit: .max).count)
    }
  }

  private final class Notices: EngineObserver {
    let all = Mutex<[UpkeepNotice]>([])
    func upkeep(_ notice: UpkeepNotice) { all.withLock { $0.append(notice) } }
  }

  /// Runs a body with an engine that leads and one that follows it.
  private func withTwo(
    before: (Engine, Shared) async throws -> Void = { _, _ in }, _ body: (Engine, Engine, Shared, Notices) async throws -> Void
  ) async throws {
    let shared = Shared(MemoryJournal(incarnation: Incarnation(7)))
    let notices = Notices()
    let leader = Engine(journal: shared.base, plane: ScriptedPlane())
    let follower = Engine(journal: shared, plane: ScriptedPlane(), observer: notices)
    let leading = Task { try await leader.run() }
    try await load(leader, 3)
    try await before(leader, shared)
    let following = Task { try await follower.run() }
    try await poll { follower.status == .following("other") }
    try await body(leader, follower, shared, notices)
    leading.cancel()
    following.cancel()
    _ = try? await (leading.value, following.value)
  }

  /// Returns once it is so; the suite's time limit bounds it.
  private func poll(_ isSo: () -> Bool) async throws {
    while !isSo() {
      // polls
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  private func load(_ engine: Engine, _ count: Int) async throws {
    for number in 0..<count {
      let name = try LocationName("location-\(engine.position)-\(number)")
      _ = try await engine.submit(.loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: name)])))
    }
  }

  /// Two snapshots, so that what precedes the older one may go; and it goes.
  private func moveOn(_ leader: Engine, _ journal: Shared) async throws {
    for _ in 0..<2 {
      try await load(leader, 4)
      try await journal.save(JournalSnapshot(position: leader.position, state: try await leader.read { $0 }))
    }
    let report = try await journal.prune(RetentionPolicy(age: .zero, runs: 0), at: Timestamp(seconds: 1 << 40))
    #expect(report.beginning > 4)
    try await load(leader, 2)
  }

  private func expectSame(_ leader: Engine, _ follower: Engine) async throws {
    try await poll { follower.position >= leader.position }
    let states = try await (leader.read { $0 }, follower.read { $0 })
    #expect(states.0 == states.1)
    #expect(follower.lag?.events == 0)
  }

  @Test("a follower whose next events were pruned goes on from a snapshot, and so does the reign that it begins")
  func pruned() async throws {
    try await withTwo { leader, follower, shared, notices in
      try await expectSame(leader, follower)
      try await moveOn(leader, shared)
      shared.announce()
      try await expectSame(leader, follower)
      let behind = notices.all.withLock { all in all.filter { if case .followerBehind = $0 { true } else { false } }.count }
      #expect(behind == 1)

      let end = leader.position
      shared.resign()
      try await poll { follower.status == .leading(2) }
      // What it has read as a follower it does not read again.
      #expect(notices.all.withLock { $0.last } == .replayed(from: end, to: end))
      #expect(try await follower.read { $0.locationSummaries.count } == leader.read { $0.locationSummaries.count })
    }
  }

  @Test("a follower starts although its leader saves snapshots and prunes while it reads them")
  func racing() async throws {
    try await withTwo { leader, shared in
      shared.afterNextSnapshot { try await moveOn(leader, shared) }
    } _: { leader, follower, _, _ in
      try await expectSame(leader, follower)
    }
  }

  /// Submits as soon as it hears of a reign.
  private final class Eager: EngineObserver {
    let engine = Mutex<Engine?>(nil)
    let replies = AsyncStream.makeStream(of: Result<Reply, any Error>.self)

    func reignBegan(_ reign: Reign, on state: State) {
      let engine = engine.withLock { $0 }
      Task.immediate {
        do { replies.continuation.yield(.success(try await engine?.submit(.tick) ?? .done)) } catch {
          replies.continuation.yield(.failure(error))
        }
      }
    }
  }

  @Test("who hears of a reign may submit at once, also where the store was away before")
  func eager() async throws {
    let shared = Shared(MemoryJournal(incarnation: Incarnation(7)))
    shared.resign()
    shared.fail(times: 1)
    let observer = Eager()
    let engine = Engine(journal: shared, plane: ScriptedPlane(), observer: observer)
    observer.engine.withLock { $0 = engine }
    let running = Task { try await engine.run() }
    for await reply in observer.replies.stream {
      #expect(throws: Never.self) { try reply.get() }
      break
    }
    running.cancel()
    _ = try? await running.value
  }

  @Test("a follower refuses commands and names the leader")
  func refusal() async throws {
    try await withTwo { _, follower, _, _ in
      let error = try await #require(throws: EngineError.self) { _ = try await follower.submit(.tick) }
      #expect(error.code == .following && error.message.contains("other"))
    }
  }
}
