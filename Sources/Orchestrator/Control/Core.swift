// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// The deciding part of the brain: commands in, events and effects out; a pure value that reads no clock, file or network.
///
/// `decide` evolves the state with every event that it emits, so that later commands of a batch see earlier ones. Its caller
/// appends the events durably before it performs the effects, and throws the value away when an append fails (semantics 14).
public struct Core: Sendable {
  public internal(set) var state: State
  public let policy: CorePolicy
  var agenda = Agenda()
  /// Journal time at the command being decided: no event is stamped earlier than the one before.
  package internal(set) var now: Timestamp
  /// Running time at the command being decided; spans are measured by it.
  package private(set) var running: Timestamp
  /// The wall clock at the command being decided; schedules go by it, back as well.
  private(set) var wall: Timestamp
  /// What the command being decided has caused so far, in units of about a microsecond.
  package internal(set) var work = 0
  /// What the decisions of the round have caused so far.
  private var workOfRound = 0
  /// What of it the commands caused themselves, apart from what moved because of them.
  private var commandsOfRound = 0
  var shares: [LocationName: WorkShare] = [:]
  var logs = LogQuotas()
  var details = DetailQuotas()
  var scheduled = ScheduleQuotas()
  /// What was found about sets of passed checks on the graph in force.
  var coverage = Coverage()
  /// Whether the last decision had time for grants alone: the next one looks at other steps first.
  var owesExamination = false
  /// What may still be said about the checks of attempts in flight of which anything was said.
  var attemptChecks: [StepAttempt: AttemptChecks] = [:]
  /// What the attempts in flight at a location weigh together; see ``GrantRecord/load``.
  var loadsInFlight: [LocationName: Int] = [:]
  /// Schedules whose next tick is being waited for.
  var plannedTicks: [ScheduleID: PlannedTick] = [:]
  /// What locations are still to be told to settle.
  var backlogs: [LocationName: SettlementBacklog] = [:]
  /// What came to nothing, by the location that sent it.
  public internal(set) var tallies: [LocationName: LocationTally] = [:]
  var lateReports = PeriodUse.hourly
  /// Which instance of each location had the last session of this reign: only for what is said of attempts that are lost.
  var instances: [LocationName: String] = [:]
  private var events: [StampedEvent] = []
  private var effects: [Effect] = []

  /// Takes up a state, replayed or new; `begin` must be the first command.
  public init(_ state: State, policy: CorePolicy = CorePolicy()) {
    self.state = state
    self.policy = policy
    now = state.now
    running = state.running
    wall = state.wall
    rebuildAgenda()
  }

  /// Decides one command at an instant of clocks that nobody sets; one before the last command's or event's counts as that one.
  public mutating func decide(_ command: Command, at instant: Timestamp) -> Decision {
    let instant = max(instant, now, state.now)
    return decide(command, at: ClockReading(wall: instant, running: instant))
  }

  /// Decides one command; its events are stamped with the wall clock, or with the last event's instant where that is later (semantics 20).
  public mutating func decide(_ command: Command, at reading: ClockReading) -> Decision {
    beginRound()
    let reply = resolve(command, at: reading)
    let (events, effects) = takeDecided()
    _ = takeForgotten()
    return Decision(events: events, effects: effects, reply: reply)
  }

  /// Begins a round of decisions that are made without a pause: together they do no more than
  /// ``CorePolicy/decisionsPerRound`` decisions may, since the more there is to do, the more commands wait for the next round.
  package mutating func beginRound() { (workOfRound, commandsOfRound) = (0, 0) }

  /// Whether the commands of this round have caused by themselves what a round may: what else is reported waits for the next.
  package var isRoundSpent: Bool { commandsOfRound >= policy.decisionsPerRound * policy.workPerDecision }

  /// Decides one command of a round; what all of them came to is there to be taken once.
  package mutating func resolve(_ command: Command, at reading: ClockReading) -> Reply {
    now = max(reading.wall, state.now)
    running = max(reading.running, running)
    wall = reading.wall
    // Beyond the round's share the command alone is decided, and what it moves is looked at in the next round.
    let start = workOfRound < policy.decisionsPerRound * policy.workPerDecision ? 0 : policy.workPerDecision
    work = start
    if wall + RunningClock.tolerance < state.wall { journalClocks() }
    let reply = handle(command)
    commandsOfRound += work - start
    dispatch()
    workOfRound += work - start
    return reply
  }

  /// The same at an instant of clocks that nobody sets.
  package mutating func resolve(_ command: Command, at instant: Timestamp) -> Reply {
    let instant = max(instant, now, state.now)
    return resolve(command, at: ClockReading(wall: instant, running: instant))
  }

  /// Takes what was decided since it was last taken.
  package mutating func takeDecided() -> (events: [StampedEvent], effects: [Effect]) {
    var taken: (events: [StampedEvent], effects: [Effect]) = ([], [])
    swap(&taken.events, &events)
    swap(&taken.effects, &effects)
    return taken
  }

  /// Takes what is of no use any more, so that nobody waits until its memory is given up.
  package mutating func takeForgotten() -> ForgottenSteps? { agenda.takeForgotten() }

  /// When `tick` should be decided next, if nothing else happens before.
  package var nextWake: Wake {
    hasMore ? Wake(running: running, wall: agenda.nextTick) : Wake(running: agenda.nextSpan, wall: agenda.nextTick)
  }

  /// The same in journal time, if nobody sets the clock.
  public var nextTick: Timestamp? { nextWake.wait(from: ClockReading(wall: wall, running: running)).map { now + $0 } }

  /// Whether something may be decided now that the last decision had no time for; a tick goes on with it.
  public var hasMore: Bool {
    agenda.hasToServe || agenda.hasToExamine || agenda.hasUnplanned || !agenda.finishing.isEmpty
  }

  mutating func emit(_ event: Event) {
    journalClocks()
    append(event)
  }

  /// Journals what the clocks read, where nobody could tell it from journal time; schedules go on from a wall clock that was set back.
  private mutating func journalClocks() {
    let reading = ClockReading(wall: wall, running: running)
    if ClockOffsets(of: reading, at: now).isAbout(state.clock) { return }
    let isSetBack = wall < state.wall
    append(.clockRead(reading))
    if isSetBack { remindOfSchedules(of: nil) }
  }

  private mutating func append(_ event: Event) {
    let stamped = StampedEvent(at: now, event: event)
    state.evolve(stamped)
    switch event {
    case .manifestAccepted, .workspaceLoaded: coverage = Coverage()
    default: break
    }
    events.append(stamped)
    work += Self.workPerEvent
  }

  /// What an event counts: everybody waits for its append.
  static let workPerEvent = 2

  mutating func perform(_ effect: Effect) { effects.append(effect) }

  private mutating func handle(_ command: Command) -> Reply {
    switch command {
    case .begin(let epoch): begin(epoch)
    case .tick: decideDue()
    case .loadWorkspace(let definition): return load(definition)
    case .manifestReceived(let location, let digest, let manifest, let prepared):
      receive(manifest, digest, from: location, prepared)
    case .manifestUnreadable(let location, let reason): refuseManifest(of: location, reason)
    case .sessionOpened(let location, let status):
      return taken(from: location) { $0.openSession(of: location, status, isResumed: false) }
    case .sessionResumed(let location, let status):
      return taken(from: location) { $0.openSession(of: location, status, isResumed: true) }
    case .sessionClosed(let location, let reason): closeSession(of: location, reason)
    case .capacityChanged(let location, let slots): changeCapacity(of: location, to: slots)
    case .drainingBegan(let location): beginDraining(location)
    case .reports(let location, let reports): return taken(from: location) { $0.receive(reports, from: location) }
    case .settled(let location, let version): return taken(from: location) { $0.settle(version, by: location) ? 0 : 1 }
    case .settlementFailed(let location, let version):
      return taken(from: location) { $0.settlementFailed(version, at: location) ? 0 : 1 }
    case .launch(let request, let prepared): return launch(request, prepared)
    case .cancel(let run): return cancel(run)
    case .pauseSchedule(let id): return pause(id)
    case .resumeSchedule(let id): return resume(id)
    }
    return .done
  }

  /// Takes what a location says, at the expense of its share.
  ///
  /// - Parameter body: returns how many parts of it came to nothing.
  private mutating func taken(from location: LocationName, _ body: (inout Core) -> Int) -> Reply {
    let before = work
    let ignored = body(&self)
    charge(work - before, to: location)
    return .taken(ignored: ignored)
  }
}
