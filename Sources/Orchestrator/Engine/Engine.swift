// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// The one owner of the state: decides commands in batches, makes them durable, then has their effects performed.
///
/// ``run()`` must be running for anything to be answered. Everything else may be called from anywhere. Commands that wait
/// while a batch is appended form the next one (group commit).
public final class Engine: Sendable {
  let journal: any Journal
  private let plane: any ExecutionPlane
  let clock: any EngineClock
  let policy: CorePolicy
  let upkeep: UpkeepPolicy
  let observer: (any EngineObserver)?
  let inbox = Inbox()
  let watch = PositionWatch()
  let ends = RunWatch()
  let health = Mutex(EngineHealth.starting)
  /// Since when the loop waits for the store.
  let waitingSince = Mutex<ContinuousClock.Instant?>(nil)
  /// What this process had read while it followed.
  let replica = Mutex<Replica?>(nil)
  let trail = Mutex(Trail())
  /// Whether the leader is to make sure that it still leads, before it decides anything else.
  private let isInDoubt = Atomic(false)

  /// The most items of the inbox that one batch decides.
  static let batchLimit = 4_096
  /// The most events that are read at once on start.
  static let replayPage = 10_000
  /// A store that has not answered for so long is said to be away, although it may still answer.
  public static let slowStore: Duration = .seconds(2)
  /// How often a leader of a shared store asks itself whether it still leads.
  public static let leadershipPeriod: Duration = .seconds(1)
  /// How long the loop waits before it tries a store again that was away, at first and at most.
  public static let firstPause: Duration = .milliseconds(100)
  public static let longestPause: Duration = .seconds(5)

  public init(
    journal: any Journal, plane: any ExecutionPlane, clock: any EngineClock = SystemClock(), policy: CorePolicy = CorePolicy(),
    upkeep: UpkeepPolicy = UpkeepPolicy(), observer: (any EngineObserver)? = nil
  ) {
    self.journal = journal
    self.plane = plane
    self.clock = clock
    self.policy = policy
    self.upkeep = upkeep
    self.observer = observer
  }

  // MARK: The loop

  /// Runs until cancelled, or until another reign begins on a store that cannot be shared; a ``SharedJournal`` is followed
  /// while another process leads.
  ///
  /// - Throws: ``JournalError`` when the store is too new or damaged, and when one that cannot be shared is held or taken over.
  public func run() async throws {
    defer { inbox.close(EngineError(.stopped, "the engine has stopped")) }
    var failures = 0
    while !Task.isCancelled {
      do {
        try await reign { failures = 0 }
      } catch let error as JournalError where error.code == .unavailable {
        failures += 1
        try await pause(error, failures)
      } catch let error as JournalError where error.code == .held || error.code == .fenced {
        // Another process leads: a store that can be shared is followed until its lease is free.
        guard let shared = journal as? any SharedJournal else { throw error }
        plane.reignEnded()
        try await followed(shared, &failures)
      }
    }
  }

  private func followed(_ shared: any SharedJournal, _ failures: inout Int) async throws {
    do {
      try await follow(shared)
      failures = 0
    } catch let error as JournalError where error.code == .unavailable {
      failures += 1
      try await pause(error, failures)
    }
  }

  /// Waits for the store, and lets it be known since when.
  func waiting<Answer>(_ body: () async throws -> Answer) async rethrows -> Answer {
    waitingSince.withLock { $0 = .now }
    defer { waitingSince.withLock { $0 = nil } }
    return try await body()
  }

  /// Says how the engine is from now on.
  func note(_ health: EngineHealth) {
    let isNews = self.health.withLock { held in
      defer { held = health }
      return held != health
    }
    guard isNews else { return }
    switch health {
    case .following(let leader): observer?.following(leader)
    case .paused(let reason): observer?.paused(reason)
    case .starting, .leading: break
    }
  }

  /// One reign: from opening the store until it fails or the task is cancelled.
  private func reign(begun: () -> Void) async throws {
    let opening = try await waiting { try await journal.open() }
    let reign = Reign(incarnation: opening.incarnation, epoch: opening.epoch)
    let start = try await self.start(opening)
    var core = Core(start.state, policy: policy)
    let snapshots = SnapshotDesk(every: upkeep.snapshotEvery, last: start.snapshot)
    isInDoubt.store(false, ordering: .relaxed)
    // Who hears of the reign may submit at once, also where the store was away before.
    inbox.reopen()
    observer?.reignBegan(reign, on: core.state)
    var desk = OrderDesk(reign: reign, history: journal.history)
    var position = opening.position
    defer { ends.everyone() }
    let first = Inbox.Item.commands([.begin(opening.epoch)], answer: nil)
    try await decide([first], &core, &desk, &position)
    begun()
    health.withLock { $0 = .leading(opening.epoch) }
    plane.reignBegan(reign)
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { await self.prune() }
      if let shared = journal as? any SharedJournal { group.addTask { await self.doubt(shared) } }
      var armed: Timestamp?
      while !Task.isCancelled {
        if let next = core.nextTick, armed.map({ next < $0 || $0 <= clock.now }) ?? true {
          armed = next
          group.addTask { await self.tick(at: next) }
        }
        let items = await inbox.takeAll()
        if isInDoubt.exchange(false, ordering: .relaxed) {
          try await waiting { try await journal.append(JournalBatch(epoch: opening.epoch, after: position, events: [])) }
        }
        try await decide(items, &core, &desk, &position)
        if snapshots.begin(at: position) {
          let snapshot = JournalSnapshot(position: position, state: core.state)
          group.addTask { await self.save(snapshot, snapshots) }
        }
      }
      group.cancelAll()
    }
    await saveAtStop(JournalSnapshot(position: position, state: core.state), snapshots)
  }

  private func tick(at instant: Timestamp) async {
    guard (try? await clock.sleep(until: instant)) != nil else { return }
    inbox.put(.commands([.tick], answer: nil))
  }

  /// Has the loop make sure that it still leads, whenever that is in doubt; an idle leader would not notice otherwise.
  private func doubt(_ shared: any SharedJournal) async {
    while (try? await Task.sleep(for: Self.leadershipPeriod)) != nil {
      guard shared.isLeadershipInDoubt else { continue }
      isInDoubt.store(true, ordering: .relaxed)
      inbox.put(.commands([], answer: nil))
    }
  }

  /// Decides items in turn, appends what they came to as one batch, then answers and performs.
  private func decide(
    _ items: [Inbox.Item], _ core: inout Core, _ desk: inout OrderDesk, _ position: inout JournalPosition
  ) async throws {
    var rest = items[...]
    while !rest.isEmpty {
      let batch = rest.prefix(Self.batchLimit)
      rest = rest.dropFirst(Self.batchLimit)
      // Queries see only what is durable: they come before the batch's commands.
      for case .query(let answer) in batch { answer(.success(core)) }
      do {
        try await commit(batch, &core, &desk, &position)
      } catch {
        for item in rest { Inbox.refuse(item, error) }
        throw error
      }
    }
  }

  private func commit(
    _ batch: ArraySlice<Inbox.Item>, _ core: inout Core, _ desk: inout OrderDesk, _ position: inout JournalPosition
  ) async throws {
    var events: [StampedEvent] = []
    var effects: [Effect] = []
    var answers: [@Sendable (Result<[Reply], any Error>) -> Void] = []
    var replies: [[Reply]] = []
    for case .commands(let commands, let reign, let answer) in batch {
      if let reign, reign != desk.reign.epoch {
        answer?(.failure(EngineError(.paused, "reign \(reign) is over: nothing of it is taken any more")))
        continue
      }
      let decisions = commands.map { core.decide($0, at: clock.now) }
      for decision in decisions {
        events += decision.events
        effects += decision.effects
        desk.note(decision.events)
      }
      guard let answer else { continue }
      answers.append(answer)
      replies.append(decisions.map(\.reply))
    }
    do {
      if !events.isEmpty {
        let start = ContinuousClock.now
        try await waiting { try await journal.append(JournalBatch(epoch: desk.reign.epoch, after: position, events: events)) }
        position += JournalPosition(events.count)
        observer?.committed(events, through: position, latency: .now - start, waiting: inbox.count)
        watch.advance(to: position)
        ends.ended(events.ended)
      }
      if !effects.isEmpty { try await waiting { try await deliver(effects, &desk) } }
    } catch {
      let ambiguous = EngineError(.ambiguous, "the store did not confirm the decision: \(error)")
      for answer in answers { answer(.failure(ambiguous)) }
      throw (error as? JournalError) ?? JournalError(.unavailable, "\(error)")
    }
    for (answer, reply) in zip(answers, replies) { answer(.success(reply)) }
  }

  private func deliver(_ effects: [Effect], _ desk: inout OrderDesk) async throws {
    let (orders, unfillable) = try await desk.orders(for: effects)
    plane.deliver(orders)
    for (record, version) in unfillable {
      let attempt = AttemptID(incarnation: desk.reign.incarnation, step: record.step, number: record.attempt)
      let failure = StepFailure(kind: .input, message: "the store has no locator for \(version)", isRetryable: false)
      inbox.put(.commands([.reports(record.location, [.finished(attempt, .failed(failure))])], answer: nil))
    }
  }

  /// The store is away: nothing is dispatched without a durable record; tries again with growing delays.
  private func pause(_ error: JournalError, _ failures: Int) async throws {
    note(.paused(error.message))
    inbox.close(EngineError(.paused, "the store is away: \(error.message)"))
    try await Task.sleep(for: min(Self.firstPause * (1 << min(failures - 1, 6)), Self.longestPause))
  }
}
