// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization
import Testing

/// What orders need of the history is read beside the loop, where it is much.
@Suite("Errands", .timeLimit(.minutes(10)))
struct ErrandTests {
  /// A memory journal whose history says where versions lie only when it may.
  private final class HeldJournal: ForwardingJournal {
    private struct Content {
      var isHeld = false
      var waiting: [CheckedContinuation<Void, Never>] = []
      var reached: [CheckedContinuation<Void, Never>] = []
      var asked: [Int] = []
    }

    let base = MemoryJournal(incarnation: Incarnation(7))
    private let content = Mutex(Content())

    var history: any History { HeldHistory(journal: self, base: base.history) }

    /// How many versions each question was about.
    var asked: [Int] { content.withLock(\.asked) }
    func hold() { content.withLock { $0.isHeld = true } }

    func letGo() {
      let waiting = content.withLock { content in
        content.isHeld = false
        defer { content.waiting = [] }
        return content.waiting
      }
      for waiter in waiting { waiter.resume() }
    }

    /// Returns once a question waits.
    func isAsked() async {
      await withCheckedContinuation { continuation in
        let isThere = content.withLock { content in
          if !content.waiting.isEmpty { return true }
          content.reached.append(continuation)
          return false
        }
        if isThere { continuation.resume() }
      }
    }

    fileprivate func pass(_ count: Int) async {
      await withCheckedContinuation { continuation in
        let (passes, reached) = content.withLock { content -> (Bool, [CheckedContinuation<Void, Never>]) in
          content.asked.append(count)
          guard content.isHeld else { return (true, []) }
          content.waiting.append(continuation)
          defer { content.reached = [] }
          return (false, content.reached)
        }
        if passes { continuation.resume() }
        for waiter in reached { waiter.resume() }
      }
    }
  }

  private struct HeldHistory: History {
    let journal: HeldJournal
    let base: any History

    func places(of references: [VersionRef]) async throws -> [VersionPlace] {
      await journal.pass(references.count)
      return try await base.places(of: references)
    }

    func runs(before: RunID?, limit: Int) async throws -> [RunRecord] { try await base.runs(before: before, limit: limit) }
    func runs(_ filter: RunFilter, before: RunID?, limit: Int) async throws -> RunPage {
      try await base.runs(filter, before: before, limit: limit)
    }
    func run(_ id: RunID) async throws -> RunRecord? { try await base.run(id) }
    func steps(of run: RunID, from ordinal: Int, limit: Int) async throws -> [StepRecord] {
      try await base.steps(of: run, from: ordinal, limit: limit)
    }
    func versions(of target: AssetPartition, limit: Int) async throws -> [VersionRecord] {
      try await base.versions(of: target, limit: limit)
    }
    func versions(_ references: [VersionRef]) async throws -> [VersionRecord] {
      Issue.record("orders need no more than the places of \(references.count) versions")
      return try await base.versions(references)
    }
    func evaluations(of version: VersionRef) async throws -> [EvaluationRecord] { try await base.evaluations(of: version) }
    func checks(on version: VersionRef) async throws -> [CheckIdentity] { try await base.checks(on: version) }
    func latestSteps(of asset: AssetKey, in partitions: [PartitionKey]) async throws -> [PartitionKey: StepRecord] {
      try await base.latestSteps(of: asset, in: partitions)
    }
    func attempts(of steps: [StepID]) async throws -> [AttemptRecord] { try await base.attempts(of: steps) }
    func logs(of run: RunID, step ordinal: Int?, after: UInt64, limit: Int) async throws -> [LogRecord] {
      try await base.logs(of: run, step: ordinal, after: after, limit: limit)
    }
    func ticks(of schedule: ScheduleID, limit: Int) async throws -> [TickRecord] {
      try await base.ticks(of: schedule, limit: limit)
    }
  }

  /// Notes orders, and carries out none.
  private final class NotingPlane: ExecutionPlane {
    let orders: AsyncStream<Order>
    private let into: AsyncStream<Order>.Continuation

    init() { (orders, into) = AsyncStream.makeStream() }

    func reignBegan(_ reign: Reign) {}
    func reignEnded() {}
    func deliver(_ orders: [Order]) { for order in orders { into.yield(order) } }
  }

  private static let count = 600
  private static let parts: AssetKey = "shop/parts"

  private static func manifests() throws -> [Manifest] {
    let space = PartitionSpace.keys(try StaticKeys((0..<count).map { "part-\($0)" }))
    let output = { (key: AssetKey) in AssetSpec(key: key, output: OutputSpec(scheme: "memory", format: "none/1")) }
    let all = DependencySpec(upstream: parts, mapping: .all, partitions: space, loadableSchemes: ["memory"])
    return [
      Manifest(
        location: "shop",
        steps: [
          StepSpec(name: "parts", partitions: space, outputs: [output(parts)]),
          StepSpec(name: "sum", dependencies: [all], outputs: [output("shop/sum")]),
        ]),
      Manifest(location: "other", steps: [StepSpec(name: "a", outputs: [output("other/a")])]),
    ]
  }

  /// A journal in which every part is promoted and settled.
  private func journal() async throws -> HeldJournal {
    let journal = HeldJournal()
    try await EngineTests().withEngine(on: journal, manifests: try Self.manifests()) { engine, _ in
      let run = try await engine.launch(LaunchRequest(Selection(Self.parts.description), partitions: .all)).run
      #expect(try await engine.outcome(of: run) == .succeeded)
      var (position, settled): (JournalPosition, Int) = (0, 0)
      while settled < Self.count {
        let page = try await engine.events(after: position, limit: 1_000)
        position += JournalPosition(page.count)
        settled += page.count { if case .settled = $0.event { true } else { false } }
      }
    }
    return journal
  }

  /// Runs `body` against an engine of another process, which knows no locator.
  private func withEngine(
    on journal: HeldJournal, unsettled: [VersionID] = [], _ body: @Sendable (Engine, NotingPlane) async throws -> Void
  ) async throws {
    let plane = NotingPlane()
    let engine = Engine(journal: journal, plane: plane)
    try await withThrowingTaskGroup { group in
      group.addTask { try await engine.run() }
      for manifest in try Self.manifests() {
        let digest = ManifestDigest("digest-\(manifest.location)")
        _ = try await engine.submit(.manifestReceived(manifest.location, digest, manifest))
        let listed = manifest.location == "shop" ? unsettled : []
        let status = HostStatus(instance: "two", manifest: digest, slots: 64, unsettled: listed)
        _ = try await engine.submit(.sessionOpened(manifest.location, status))
      }
      try await body(engine, plane)
      group.cancelAll()
    }
  }

  @Test("a grant of many versions keeps nobody waiting, and is made once they are read, a few at once")
  func manyInputs() async throws {
    let journal = try await journal()
    journal.hold()
    try await withEngine(on: journal) { engine, plane in
      _ = try await engine.launch(LaunchRequest(Selection("shop/sum")))
      await journal.isAsked()
      _ = try await engine.launch(LaunchRequest(Selection("other/a")))
      var orders = plane.orders.makeAsyncIterator()
      guard case .grant("other", _) = await orders.next() else {
        Issue.record("the other location has no grant")
        return
      }
      journal.letGo()
      guard case .grant("shop", let grant) = await orders.next(), case .materialize(let inputs, _) = grant.work else {
        Issue.record("the reader of many has no grant")
        return
      }
      #expect(inputs[0].versions.count == Self.count)
      let asked = journal.asked
      #expect(asked.reduce(0, +) == Self.count && asked.allSatisfy { $0 <= HistoryLimits.placesAtOnce }, "\(asked)")
    }
  }

  @Test("a run that is cancelled while its grant waits is granted, and then cancelled")
  func cancelledMeanwhile() async throws {
    let journal = try await journal()
    journal.hold()
    try await withEngine(on: journal) { engine, plane in
      let run = try await engine.launch(LaunchRequest(Selection("shop/sum"))).run
      await journal.isAsked()
      _ = try await engine.submit(.cancel(run))
      journal.letGo()
      var orders = plane.orders.makeAsyncIterator()
      guard case .grant(_, let grant) = await orders.next(), case .settle(_, let settlement) = await orders.next(),
        case .cancel(_, let attempt) = await orders.next()
      else {
        Issue.record("the grant and its cancellation did not come in this order")
        return
      }
      #expect(grant.attempt == attempt && settlement.decision == .discard)
    }
  }

  @Test("a list of many versions to settle keeps nobody waiting, and each is settled as it was decided")
  func manySettlements() async throws {
    let journal = try await journal()
    journal.hold()
    let listed = (0..<Self.count).map {
      VersionID(incarnation: Incarnation(7), asset: Self.parts, partition: PartitionKey("part-\($0)"), number: 1)
    }
    try await withEngine(on: journal, unsettled: listed) { engine, plane in
      await journal.isAsked()
      _ = try await engine.launch(LaunchRequest(Selection("other/a")))
      var orders = plane.orders.makeAsyncIterator()
      guard case .grant("other", _) = await orders.next() else {
        Issue.record("the other location has no grant")
        return
      }
      journal.letGo()
      var settled: Set<VersionID> = []
      while settled.count < Self.count {
        guard case .settle("shop", let settlement) = await orders.next() else { break }
        #expect(settlement.decision == .promote && settlement.locator?.uri == "\(settlement.version)")
        settled.insert(settlement.version)
      }
      #expect(settled == Set(listed))
    }
  }
}
