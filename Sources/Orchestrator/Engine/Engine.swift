// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization

/// The one owner of the state: decides commands in batches, makes them durable, then has their effects performed.
///
/// ``run()`` must be running for anything to be answered. Everything else may be called from anywhere. Commands that come
/// while a batch is appended are decided meanwhile, and form the next one (group commit).
public final class Engine: Sendable {
  let journal: any Journal
  private let plane: any ExecutionPlane
  let clock: any EngineClock
  let policy: CorePolicy
  let upkeep: UpkeepPolicy
  let observer: (any EngineObserver)?
  /// Where what takes long is worked out.
  let beside: any TaskExecutor
  let inbox = Inbox()
  let watch = PositionWatch()
  let ends = RunWatch()
  let health = Mutex(EngineHealth.starting)
  let time = Mutex(EngineTime())
  /// Since when the loop waits for the store.
  let waitingSince = Mutex<ContinuousClock.Instant?>(nil)
  /// What this process had read while it followed.
  let replica = Mutex<Replica?>(nil)
  let trail = Mutex(Trail())
  /// One large launch at a time is worked out and appended: each holds all of its steps, and others wait for the one append.
  let launching = Permits(1, mostWaiting: LaunchLimits.waiting)
  /// About how many assets the definitions in force have, or steps where these are more.
  let definedAssets = Atomic(0)
  /// Whether the leader is to make sure that it still leads, before it decides anything else.
  private let isInDoubt = Atomic(false)

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
    upkeep: UpkeepPolicy = UpkeepPolicy(), observer: (any EngineObserver)? = nil,
    beside: any TaskExecutor = globalConcurrentExecutor
  ) {
    self.journal = journal
    self.plane = plane
    self.clock = clock
    self.policy = policy
    self.upkeep = upkeep
    self.observer = observer
    self.beside = beside
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
    let earlier = beginWaiting()
    defer { endWaiting(since: earlier) }
    return try await body()
  }

  /// Notes that the store is waited for, where it is not already.
  ///
  /// - Returns: since when it was.
  @discardableResult
  func beginWaiting() -> ContinuousClock.Instant? {
    waitingSince.withLock { since in
      defer { since = since ?? .now }
      return since
    }
  }

  func endWaiting(since earlier: ContinuousClock.Instant? = nil) { waitingSince.withLock { $0 = earlier } }

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
    let snapshots = SnapshotDesk(every: upkeep.snapshotEvery, orAfter: upkeep.snapshotEveryBytes, last: start.snapshot)
    isInDoubt.store(false, ordering: .relaxed)
    time.withLock { $0.begin(opening.epoch, after: start.state, wall: clock.now, uptime: clock.uptime) }
    // Who hears of the reign may submit at once, also where the store was away before.
    inbox.reopen()
    observer?.reignBegan(reign, on: start.state)
    var loop = ReignLoop(
      self, Core(start.state, policy: policy), OrderDesk(reign: reign, reading: { self.reading() }), at: opening.position,
      snapshots)
    defer { ends.everyone() }
    do {
      try await loop.begin()
      begun()
      health.withLock { $0 = .leading(opening.epoch) }
      plane.reignBegan(reign)
      try await lead(&loop)
    } catch {
      loop.fail(error)
      throw error
    }
    // What was decided and not sent to the store is gone; a state that holds it must not be kept.
    let last = loop.isAtRest ? JournalSnapshot(position: loop.position, state: loop.core.state) : nil
    // Nobody who still waits waits for the snapshot, too.
    loop.fail(EngineError(.stopped, "the engine has stopped"))
    if let last { await saveAtStop(last, snapshots) }
  }

  /// Goes round the loop until the task is cancelled.
  private func lead(_ loop: inout ReignLoop) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      // What takes long must not keep the loop's thread from the loop.
      group.addTask(executorPreference: beside) { await self.prune() }
      if let shared = journal as? any SharedJournal { group.addTask { await self.doubt(shared) } }
      // The next tick that is on its way; none sets out while one waits to be decided.
      var armed: (number: UInt64, wake: Wake)?
      var ticks: UInt64 = 0
      while !Task.isCancelled {
        let next = loop.core.nextWake
        if !loop.isDue, armed.map({ next.isBefore($0.wake) }) ?? true {
          ticks += 1
          armed = (ticks, next)
          group.addTask { [ticks] in await self.tick(ticks, at: next) }
        }
        let items = await inbox.takeAll()
        for case .due(let number) in items where number == armed?.number { armed = nil }
        loop.take(items)
        guard !Task.isCancelled else { break }
        try await loop.turn(isInDoubt: isInDoubt.exchange(false, ordering: .relaxed), &group)
      }
      group.cancelAll()
    }
    // An append that did not heed the cancellation has landed.
    loop.take(inbox.takeLanded())
    try await loop.finish()
  }

  /// Has the loop look at the clocks when something is due, and now and then in any case: somebody may set the wall clock meanwhile.
  private func tick(_ number: UInt64, at wake: Wake) async {
    let uptime = clock.uptime
    let wait = min(wake.wait(from: reading()) ?? Self.clockPeriod, Self.clockPeriod)
    guard (try? await clock.sleep(until: uptime + max(.zero, wait))) != nil else { return }
    inbox.put(.due(number))
  }

  /// Has the loop make sure that it still leads, whenever that is in doubt; an idle leader would not notice otherwise.
  private func doubt(_ shared: any SharedJournal) async {
    while (try? await Task.sleep(for: Self.leadershipPeriod)) != nil {
      guard shared.isLeadershipInDoubt else { continue }
      isInDoubt.store(true, ordering: .relaxed)
      inbox.put(.commands([], answer: nil))
    }
  }

  /// Has effects performed that need little of the history; the desk puts off the others.
  func deliver(_ effects: [Effect], _ desk: inout OrderDesk) async throws {
    var errand = desk.sort(effects)
    if !errand.missing.isEmpty { try await errand.fetch(from: journal.history) }
    deliver(desk.orders(for: errand), of: desk.reign)
  }

  /// Runs an errand beside the loop, and hands it back.
  func run(_ errand: Errand, of location: LocationName, in reign: Reign) async {
    var errand = errand
    let result: Result<Errand, any Error>
    do {
      try await errand.run(on: journal.history, in: reign.incarnation, policy)
      result = .success(errand)
    } catch {
      result = .failure(error)
    }
    inbox.put(.returned(reign.epoch, location, result))
  }

  func deliver(_ made: OrderDesk.Orders, of reign: Reign) {
    if !made.orders.isEmpty { plane.deliver(made.orders) }
    for (record, why) in made.unfillable {
      let attempt = AttemptID(incarnation: reign.incarnation, step: record.step, number: record.attempt)
      let failure = StepFailure(kind: .input, message: why, isRetryable: false)
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
