// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
import Orchestrator

/// What is to go wrong with the next appends.
struct JournalFaults {
  var slow: (count: Int, latency: Duration) = (0, .zero)
  /// Whether each of the next failing appends is applied all the same.
  var failing: [Bool] = []
}

/// The daemon's loop: decide a batch, append it, perform its effects; while one is appended the next is decided, as the engine does.
extension Simulation {
  /// The daemon's wall clock.
  var daemonClock: Timestamp { clock + skew }
  /// What the daemon's clocks count that nobody sets.
  var uptime: Duration { clock - scenario.start }

  /// Reads the daemon's clocks.
  private mutating func reading() -> ClockReading {
    let (wall, uptime) = (daemonClock, uptime)
    return daemon.clock?.read(wall: wall, uptime: uptime).reading ?? ClockReading(wall: wall, running: wall)
  }

  /// When the core wants to be asked next; nil while it is busy or down.
  func wakeInstant() -> Timestamp? {
    guard daemon.inbox.isEmpty, let core = daemon.brain?.core, var read = daemon.clock else { return nil }
    let now = read.read(wall: daemonClock, uptime: uptime).reading
    guard let wait = core.nextWake.wait(from: now) else { return nil }
    return clock + max(.zero, wait)
  }

  /// Somebody sets the wall clock: the engine notices that the next time it looks.
  mutating func setClock(by step: Duration) {
    skew += step
    queue.add(.strayToDaemon(.tick), at: later(Engine.clockPeriod))
    queue.add(.lookForTicks, at: later(Engine.clockPeriod * 12))
  }

  /// Schedules go on by the clock as it is, and not only once it is as late again.
  func lookForTicks() throws(Violation) {
    guard daemon.inbox.isEmpty, daemon.appending == nil, daemon.ahead.isEmpty, let core = daemon.brain?.core, core.isCaughtUp,
      core.loads.values.allSatisfy({ !$0.isResting }), core.nextWake.wall.map({ $0 > daemonClock }) ?? true,
      core.nextWake.running.map({ $0 > core.running }) ?? true
    else { return }
    if let missed = oracle.missedTick(at: daemonClock + (.zero - Engine.clockPeriod)) { throw Violation(.ticksOnce, missed) }
  }

  mutating func startDaemon() throws(Violation) {
    var state = try snapshot()
    for event in journal.dropFirst(state.position) { state.state.evolve(event) }
    daemon.start(state.state, policy: scenario.policy, sabotage: sabotage, wall: daemonClock, uptime: uptime)
    note("daemon starts, epoch \(daemon.epoch)")
    daemon.inbox = [.begin(daemon.epoch), .loadWorkspace(workspaceFile), .tick].map { Envelope(command: $0) }
    for name in names { queue.add(.connect(name, daemon: daemon.life), at: later(dice.milliseconds(0...3_000))) }
  }

  /// The state at some earlier position, taken through the form in which stores keep it; the start goes on from there.
  private mutating func snapshot() throws(Violation) -> (state: State, position: Int) {
    let position = snapshotDice.int(0...journal.count)
    var state = State(incarnation: incarnation)
    for event in journal.prefix(position) { state.evolve(event) }
    do {
      let encoded = try JournalCodec.encode(state)
      let decoded = try JournalCodec.decodeState(encoded.bytes, checksum: encoded.checksum, incarnation: incarnation)
      guard decoded == state || sabotage != nil else {
        throw Violation(.replayEquality, "a snapshot at event \(position) does not come back as it was")
      }
      return (decoded, position)
    } catch let violation as Violation {
      throw violation
    } catch {
      throw Violation(.replayEquality, "a snapshot at event \(position) cannot be read: \(error)")
    }
  }

  /// What the daemon held in memory is gone; a batch under way may or may not have been applied.
  mutating func stopDaemon(applying: Bool, downFor: Duration) throws(Violation) {
    if let batch = daemon.appending, applying { try append(batch) }
    let waiting =
      daemon.inbox.map(\.sender) + (daemon.appending?.answers.map(\.sender) ?? []) + daemon.ahead.answers.map(\.sender)
    let wasAppending = daemon.appending != nil
    if !daemon.ahead.events.isEmpty { census.countDecidedAhead(isLost: true) }
    daemon.stop()
    note("daemon stops\(wasAppending ? (applying ? ", its batch applied" : ", its batch lost") : "")")
    if let last = daemon.lastState { try compare(last) }
    for name in names {
      links[name]?.breakDown()
      links[name]?.session = nil
    }
    // A client without a key cannot know, and does not ask again.
    for case .client(let request, let repeats) in waiting where request.clientKey != nil {
      queue.add(.ask(request, repeats: repeats), at: later(downFor + dice.seconds(1...10)))
    }
    queue.add(.startDaemon, at: later(downFor))
  }

  func compare(_ state: State) throws(Violation) {
    var replayed = State(incarnation: incarnation)
    for event in journal { replayed.evolve(event) }
    guard replayed == state || sabotage != nil else {
      throw Violation(.replayEquality, "the state replayed from \(journal.count) events differs from the one that was lived")
    }
  }

  // MARK: Deciding

  mutating func decide() throws(Violation) {
    guard !daemon.inbox.isEmpty, daemon.brain != nil else { return }
    if daemon.appending != nil { census.countDecidedAhead(isLost: false) }
    let count = min(daemon.inbox.count, 64)
    let now = reading()
    for envelope in daemon.inbox.prefix(count) {
      guard let decision = daemon.brain?.decide(envelope.command, at: now), let core = daemon.brain?.core else { continue }
      try WorkConservation.check(core)
      try daemon.punctuality.check(core, uptime: uptime, scenario.policy)
      daemon.ahead.events += decision.events
      daemon.ahead.effects += decision.effects
      daemon.ahead.answers.append((envelope.sender, decision.reply))
    }
    daemon.inbox.removeFirst(count)
    try sendOff()
  }

  /// Has what is decided appended, unless something is being appended.
  private mutating func sendOff() throws(Violation) {
    guard daemon.appending == nil, !daemon.ahead.isEmpty else { return }
    let batch = daemon.ahead
    daemon.ahead = SimulatedDaemon.Batch()
    daemon.appending = batch
    if batch.events.isEmpty { return try complete(daemon.life) }
    var latency = dice.milliseconds(0...20)
    if journalFaults.slow.count > 0 {
      journalFaults.slow.count -= 1
      latency = journalFaults.slow.latency
      census.count(.slowAppend)
    }
    queue.add(.appended(daemon: daemon.life), at: later(latency))
  }

  mutating func append(_ batch: SimulatedDaemon.Batch) throws(Violation) {
    for event in batch.events {
      journal.append(event)
      census.count(event.event)
      trace?.add(clock, event: journal.count, event)
      try oracle.observe(event, hosts)
    }
  }

  /// The append came back.
  mutating func complete(_ life: Int) throws(Violation) {
    guard life == daemon.life, let batch = daemon.appending else { return }
    if !batch.events.isEmpty, !journalFaults.failing.isEmpty {
      census.count(.ambiguousAppend)
      return try stopDaemon(applying: journalFaults.failing.removeFirst(), downFor: dice.milliseconds(0...5_000))
    }
    try append(batch)
    daemon.appending = nil
    var effects = batch.effects
    if let share = crashAfterEffects, !effects.isEmpty {
      effects = Array(effects.prefix(Int(share * Double(effects.count))))
    }
    for effect in effects { try perform(effect) }
    if crashAfterEffects != nil, !batch.effects.isEmpty {
      crashAfterEffects = nil
      census.count(.daemonCrashBeforeEffects)
      return try stopDaemon(applying: false, downFor: dice.seconds(0...60))
    }
    for (sender, reply) in batch.answers { try answer(sender, reply) }
    try sendOff()
    try decide()
  }

  private mutating func answer(_ sender: Envelope.Sender, _ reply: Reply) throws(Violation) {
    switch sender {
    case .nobody: return
    case .session(let name, let serial, let number):
      guard let link = links[name], link.isUp, link.session?.serial == serial else { return }
      queue.add(.acknowledge(name, connection: link.connection, number: number), at: later(latency()))
    case .client(let request, let repeats):
      census.count(reply)
      guard case .launched(let receipt) = reply, let key = request.clientKey else { return }
      guard oracle.keys[key] == receipt.run else {
        throw Violation(.oneRunPerKey, "key \(key) was answered with run \(receipt.run)")
      }
      if repeats > 0 { queue.add(.ask(request, repeats: repeats - 1), at: later(dice.seconds(1...600))) }
    }
  }

  // MARK: Effects

  private mutating func perform(_ effect: Effect) throws(Violation) {
    census.count(effect)
    switch effect {
    case .grant(let grant, let trace):
      guard trace == oracle.runs[grant.step.run]?.plan.trace else {
        throw Violation(.lifeOfAStep, "step \(grant.step) is granted in another trace than its run's")
      }
      guard oracle.attempts[oracle.attemptID(grant.step, grant.attempt)]?.grant == grant else {
        throw Violation(.exactlyOneCommit, "step \(grant.step) is granted without a durable record")
      }
      say(.grant(grant, daemon.epoch), to: grant.location)
    case .cancel(let name, let step, let attempt): say(.cancel(oracle.attemptID(step, attempt)), to: name)
    case .settle(let name, let version, let decision):
      try observe(decision, about: version)
      say(.settle(identity(of: version), decision), to: name)
    case .settleFromHistory(let name, let versions):
      for version in versions {
        guard let decision = historicDecision(about: version) else { continue }
        say(.settle(version, decision), to: name)
      }
    }
  }

  private func identity(of version: VersionRef) -> VersionID {
    VersionID(incarnation: incarnation, asset: version.of.asset, partition: version.of.partition, number: version.number)
  }

  private func observe(_ decision: Settlement.Decision, about version: VersionRef) throws(Violation) {
    let expected: [VersionFacts.Fate: Settlement.Decision] = [
      .promoted: .promote, .rejected: .reject, .discarded: .discard,
    ]
    guard let fate = oracle.versions[version]?.fate, expected[fate] == decision else {
      throw Violation(.lastKnownGood, "\(version) is to be settled by '\(decision)' against the journal")
    }
  }

  /// What the projections would say about a version that the state has forgotten.
  private func historicDecision(about version: VersionID) -> Settlement.Decision? {
    let reference = VersionRef(AssetPartition(version.asset, version.partition), version.number)
    guard version.incarnation == incarnation, let facts = oracle.versions[reference] else { return nil }
    switch facts.fate {
    case .promoted: return .promote
    case .rejected: return .reject
    case .discarded: return .discard
    case .granted: return oracle.attempts[facts.attempt]?.isOver == false ? nil : .discard
    }
  }
}
