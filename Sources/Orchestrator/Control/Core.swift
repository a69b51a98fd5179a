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
  /// The instant of the command being decided; it never goes back, also where the last command brought no event.
  var now: Timestamp
  private var events: [StampedEvent] = []
  private var effects: [Effect] = []

  /// Takes up a state, replayed or new; `begin` must be the first command.
  public init(_ state: State, policy: CorePolicy = CorePolicy()) {
    self.state = state
    self.policy = policy
    now = state.now
    rebuildAgenda()
  }

  /// Decides one command at an instant; one before the last command's or event's counts as that one (semantics 20).
  public mutating func decide(_ command: Command, at instant: Timestamp) -> Decision {
    let reply = resolve(command, at: instant)
    let (events, effects) = takeDecided()
    return Decision(events: events, effects: effects, reply: reply)
  }

  /// Decides one command of a batch; what all of them came to is there to be taken once.
  mutating func resolve(_ command: Command, at instant: Timestamp) -> Reply {
    now = max(instant, now, state.now)
    let reply = handle(command)
    dispatch()
    return reply
  }

  /// Takes what was decided since it was last taken.
  mutating func takeDecided() -> (events: [StampedEvent], effects: [Effect]) {
    var taken: (events: [StampedEvent], effects: [Effect]) = ([], [])
    swap(&taken.events, &events)
    swap(&taken.effects, &effects)
    return taken
  }

  /// When `tick` should be decided next, if nothing else happens before.
  public var nextTick: Timestamp? { agenda.nextTimer }

  mutating func emit(_ event: Event) {
    let stamped = StampedEvent(at: now, event: event)
    state.evolve(stamped)
    events.append(stamped)
  }

  mutating func perform(_ effect: Effect) { effects.append(effect) }

  private mutating func handle(_ command: Command) -> Reply {
    switch command {
    case .begin(let epoch): begin(epoch)
    case .tick: decideDue()
    case .loadWorkspace(let definition): return load(definition)
    case .manifestReceived(let location, let digest, let manifest): receive(manifest, digest, from: location)
    case .manifestUnreadable(let location, let reason): refuseManifest(of: location, reason)
    case .sessionOpened(let location, let status): openSession(of: location, status, isResumed: false)
    case .sessionResumed(let location, let status): openSession(of: location, status, isResumed: true)
    case .sessionClosed(let location, let reason): closeSession(of: location, reason)
    case .capacityChanged(let location, let slots): changeCapacity(of: location, to: slots)
    case .drainingBegan(let location): beginDraining(location)
    case .reports(let location, let reports): for report in reports { receive(report, from: location) }
    case .settled(let location, let version): settle(version, by: location)
    case .settlementFailed(let location, _): agenda.remind(at: now + policy.settlementDelay, .settlements(location))
    case .launch(let request): return launch(request)
    case .cancel(let run): return cancel(run)
    case .pauseSchedule(let id): return pause(id)
    case .resumeSchedule(let id): return resume(id)
    }
    return .done
  }
}
