// SPDX-License-Identifier: Apache-2.0

import AssetModel
import DequeModule
import Synchronization

/// One reign's loop: what waits to be decided, what is decided, what is on its way into the store, and what is durable.
///
/// While one batch is appended the next is decided, and whatever comes meanwhile joins it. Nothing decided is performed or answered
/// before it is durable, and what was decided after an append that failed is thrown away with the core.
struct ReignLoop {
  /// Commands that were decided together, and what they came to.
  private struct Decided: Sendable {
    var events: [StampedEvent] = []
    var effects: [Effect] = []
    var answers: [(tell: @Sendable (Result<[Reply], any Error>) -> Void, replies: [Reply])] = []
    /// How many items of the inbox it holds.
    var items = 0
  }

  /// Commands that were handed over together, as far as they are not decided.
  private struct Pending: Sendable {
    var commands: ArraySlice<Command>
    let reign: Epoch?
    let answer: (@Sendable (Result<[Reply], any Error>) -> Void)?
    var replies: [Reply] = []
  }

  /// A batch on its way into the store.
  private struct Flight {
    let number: UInt64
    let batch: Decided
    let start = ContinuousClock.now
    let snapshot: JournalSnapshot?
  }

  let engine: Engine
  private let snapshots: SnapshotDesk
  private(set) var core: Core
  private var desk: OrderDesk
  /// Up to which the journal is durable.
  private(set) var position: JournalPosition
  private var waiting: Deque<Pending> = []
  private var queries: [@Sendable (Result<Core, any Error>) -> Void] = []
  private var decided = Decided()
  private var flight: Flight?
  /// What has become of it, where that is known and not looked at.
  private var landing: Result<Void, any Error>?
  private var flights: UInt64 = 0
  /// What errands have found, as far as no orders were made of it.
  private var returned: [(location: LocationName, result: Result<Errand, any Error>)] = []
  /// Whether the store is asked, before anything else is decided, if this process still leads.
  private var mustAsk = false
  /// Whether an instant has come that the core wanted to be told of, and it has not been.
  private(set) var isDue = false

  /// The most items of the inbox that one batch decides.
  static let batchLimit = 4_096
  /// How many events may be decided while the store is busy: then commands are decided as far as the round has time for, and nothing that
  /// they move is looked at before the events are on their way.
  static let eventsAhead = 500
  /// Events, nodes with their outputs, or inputs of a step, from which on a batch is encoded beside the loop, since that takes longer than a
  /// change of threads.
  static let heavy = 1_000

  init(_ engine: Engine, _ core: Core, _ desk: OrderDesk, at position: JournalPosition, _ snapshots: SnapshotDesk) {
    self.engine = engine
    self.core = core
    self.desk = desk
    self.position = position
    self.snapshots = snapshots
  }

  /// Whether everything that was decided is durable.
  var isAtRest: Bool { flight == nil && decided.items == 0 }

  /// Begins the reign: returns once that is durable.
  mutating func begin() async throws {
    waiting.append(Pending(commands: [.begin(desk.reign.epoch)], reign: nil, answer: nil))
    decide()
    let batch = takeDecided()
    let start = ContinuousClock.now
    let append = next(batch.events)
    try await engine.waiting { try await engine.journal.append(append) }
    note(batch, since: start)
    try await complete(batch)
  }

  // MARK: Turns

  /// Takes what has come: from here on this loop owes the answers.
  mutating func take(_ items: [Inbox.Item]) {
    for item in items {
      switch item {
      // Another reign's is of no interest.
      case .appended(let number, let result): if number == flight?.number { landing = result }
      case .returned(let epoch, let location, let result):
        if epoch == desk.reign.epoch { returned.append((location, result)) }
      case .query(let answer): queries.append(answer)
      case .due: isDue = true
      case .commands(let commands, let reign, let answer):
        waiting.append(Pending(commands: commands[...], reign: reign, answer: answer))
      }
    }
  }

  /// Goes as far as it can without waiting for an append.
  ///
  /// - Throws: ``JournalError`` where an append failed or a locator cannot be read; the reign is over then.
  mutating func turn(isInDoubt: Bool, _ group: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
    mustAsk = mustAsk || isInDoubt
    // First: what cancels a grant comes behind it.
    try deliverReturned()
    if let landed = try land() {
      // What was decided meanwhile is on its way before anybody is told of this.
      if !decided.events.isEmpty { send(&group) }
      if let snapshot = landed.snapshot {
        group.addTask(executorPreference: engine.beside) { [engine, snapshots] in
          await engine.save(snapshot, snapshots)
        }
      }
      try await complete(landed.batch)
    }
    try await advance(&group)
    for (location, errand) in desk.nextErrands() {
      group.addTask(executorPreference: globalConcurrentExecutor) { [engine, reign = desk.reign] in
        await engine.run(errand, of: location, in: reign)
      }
    }
  }

  /// Makes orders of what errands have found.
  ///
  /// - Throws: ``JournalError`` where the history cannot be read.
  private mutating func deliverReturned() throws {
    guard !returned.isEmpty else { return }
    for (location, result) in returned {
      do {
        engine.deliver(desk.returned(try result.get(), of: location, core.state), of: desk.reign)
      } catch {
        throw (error as? JournalError) ?? JournalError(.unavailable, "\(error)")
      }
    }
    returned = []
  }

  /// The engine is to stop: what has landed counts, what was decided behind it follows, and nothing else is begun.
  mutating func finish() async throws {
    if let landed = try land() {
      // In tasks of their own, awaited here: the engine's is cancelled, and the store may heed that.
      if let snapshot = landed.snapshot { await Task { [engine, snapshots] in await engine.save(snapshot, snapshots) }.value }
      try await complete(landed.batch)
    }
    guard flight == nil, decided.items > 0 else { return }
    let batch = takeDecided()
    if !batch.events.isEmpty {
      let start = ContinuousClock.now
      let append = next(batch.events)
      let sending = Task { [engine] in try await engine.journal.append(append) }
      do { try await engine.waiting { try await sending.value } } catch {
        refuse(batch, as: .ambiguous, error)
        throw error
      }
      note(batch, since: start)
    }
    try await complete(batch)
  }

  /// Answers what can be answered, decides what may be decided, and sends it on its way.
  private mutating func advance(_ group: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
    repeat {
      try await answerQueries()
      if mayDecide { decide() }
      guard flight == nil, decided.items > 0 else { return }
      if decided.events.isEmpty { try await complete(takeDecided()) } else { send(&group) }
      // What came to no event is done already, and more may wait.
    } while isAtRest
  }

  /// Queries see only what is durable, and wait at most for what is decided already.
  private var mayDecide: Bool {
    (isDue || !waiting.isEmpty) && decided.items < Self.batchLimit && (isAtRest || (queries.isEmpty && !mustAsk))
  }

  private mutating func answerQueries() async throws {
    guard isAtRest else { return }
    if mustAsk {
      mustAsk = false
      try await engine.waiting {
        try await engine.journal.append(next([]))
      }
    }
    for answer in queries { answer(.success(core)) }
    queries = []
  }

  private mutating func decide() {
    // The longer the store takes, the more would be decided meanwhile, and the longer it would take for that.
    let isAhead = decided.events.count >= Self.eventsAhead
    if !isAhead { core.beginRound() }
    if isDue, !isAhead {
      isDue = false
      _ = core.resolve(.tick, at: engine.reading())
      decided.items += 1
    }
    // What is left of a round that is spent waits for the next: this batch is on its way, or will be before anything else is decided.
    while decided.items < Self.batchLimit, !core.isRoundSpent, let next = waiting.popFirst() { decide(next) }
    if let forgotten = core.takeForgotten() {
      Task(executorPreference: globalConcurrentExecutor) { withExtendedLifetime(forgotten) {} }
    }
    let (events, effects) = core.takeDecided()
    desk.note(events)
    decided.events += events
    decided.effects += effects
  }

  /// Decides commands in turn; of what a location reports as much as the round has time for, and the rest comes first in the next. Of
  /// launches likewise, and the rest comes behind whatever waits: it can be any number, and their order to others is nobody's concern.
  private mutating func decide(_ next: Pending) {
    var next = next
    if let reign = next.reign, reign != desk.reign.epoch {
      next.answer?(.failure(EngineError(.paused, "reign \(reign) is over: nothing of it is taken any more")))
      return
    }
    while let command = next.commands.first, !command.mayWait || !core.isRoundSpent {
      next.commands = next.commands.dropFirst()
      next.replies.append(core.resolve(command, at: engine.reading()))
    }
    decided.items += 1
    if let rest = next.commands.first {
      if rest.isTalk { waiting.prepend(next) } else { waiting.append(next) }
    } else if let answer = next.answer {
      decided.answers.append((answer, next.replies))
    }
  }

  // MARK: Appending

  private mutating func takeDecided() -> Decided {
    defer { decided = Decided() }
    return decided
  }

  /// What is to follow what is durable.
  private func next(_ events: [StampedEvent]) -> JournalBatch {
    JournalBatch(epoch: desk.reign.epoch, after: position, events: events)
  }

  /// Sends what was decided on its way; nothing else is.
  private mutating func send(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
    let batch = takeDecided()
    flights += 1
    let number = flights
    let end = position + JournalPosition(batch.events.count)
    let isWorthwhile = snapshots.begin(at: end, logged: batch.events.loggedBytes)
    let snapshot = isWorthwhile ? JournalSnapshot(position: end, state: core.state) : nil
    flight = Flight(number: number, batch: batch, snapshot: snapshot)
    let append = next(batch.events)
    engine.beginWaiting()
    let body: @Sendable () async -> Void = { [engine] in
      let result: Result<Void, any Error>
      do { result = .success(try await engine.journal.append(append)) } catch { result = .failure(error) }
      engine.inbox.put(.appended(number, result))
    }
    if batch.events.areHeavy {
      group.addTask(executorPreference: globalConcurrentExecutor, operation: body)
    } else {
      group.addTask(operation: body)
    }
  }

  /// The batch that has arrived in the store since the last turn.
  ///
  /// - Throws: ``JournalError`` where it has not, or nobody knows.
  private mutating func land() throws -> Flight? {
    guard let flight, let landing else { return nil }
    self.landing = nil
    do { try landing.get() } catch { throw (error as? JournalError) ?? JournalError(.unavailable, "\(error)") }
    engine.endWaiting()
    self.flight = nil
    note(flight.batch, since: flight.start)
    return flight
  }

  /// Lets it be known that a batch is durable.
  private mutating func note(_ batch: Decided, since start: ContinuousClock.Instant) {
    position += JournalPosition(batch.events.count)
    if let last = batch.events.last { engine.time.withLock { $0.note(last.at) } }
    engine.definedAssets.store(core.state.graph.size, ordering: .relaxed)
    engine.observer?.committed(
      batch.events, through: position, latency: .now - start, waiting: waiting.count + decided.items)
    engine.watch.advance(to: position)
    engine.ends.ended(batch.events.ended)
  }

  /// Has the effects of a durable batch performed, but for what is put off, and answers whoever asked for it.
  private mutating func complete(_ batch: Decided) async throws {
    if !batch.effects.isEmpty {
      do {
        try await engine.waiting { try await engine.deliver(batch.effects, &desk) }
      } catch {
        refuse(batch, as: .ambiguous, error)
        throw (error as? JournalError) ?? JournalError(.unavailable, "\(error)")
      }
    }
    for (tell, replies) in batch.answers { tell(.success(replies)) }
  }

  // MARK: The end

  /// The reign is over: whoever still waits for an answer gets one.
  mutating func fail(_ error: any Error) {
    engine.endWaiting()
    if let flight {
      refuse(flight.batch, as: .ambiguous, error)
      if flight.snapshot != nil { snapshots.finish(since: .now) }
    }
    let refusal = (error as? EngineError) ?? EngineError(.paused, "the store is away, and nothing came of it: \(error)")
    for (tell, _) in decided.answers { tell(.failure(refusal)) }
    for item in waiting {
      // Of what was decided in part, that part may be durable.
      let isBegun = item.reign == nil && !item.replies.isEmpty
      item.answer?(.failure(isBegun ? EngineError(.ambiguous, "the rest was not decided: \(refusal.message)") : refusal))
    }
    for answer in queries { answer(.failure(refusal)) }
    flight = nil
    decided = Decided()
    waiting = []
    queries = []
  }

  private func refuse(_ batch: Decided, as code: EngineError.Code, _ error: any Error) {
    let refusal = EngineError(code, "the store did not confirm the decision: \(error)")
    for (tell, _) in batch.answers { tell(.failure(refusal)) }
  }
}

extension [StampedEvent] {
  /// Bytes of log lines: what makes a journal large.
  fileprivate var loggedBytes: Int {
    reduce(0) { sum, stamped in
      guard case .logged(_, _, let lines, _) = stamped.event else { return sum }
      return lines.reduce(sum) { $0 + $1.message.utf8.count }  // No overflow: they are in memory.
    }
  }

  /// Whether they take long to encode.
  fileprivate var areHeavy: Bool {
    count > ReignLoop.heavy
      || contains { stamped in
        switch stamped.event {
        case .manifestAccepted, .workspaceLoaded: true
        case .runLaunched(let plan): plan.isLarger(than: ReignLoop.heavy)
        case .stepGranted(let grant): grant.inputCount > ReignLoop.heavy
        default: false
        }
      }
  }
}
