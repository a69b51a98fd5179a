// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import LocationWire

/// What a host decides, as a pure value: which grants run, which are refused, what each daemon's world is told.
///
/// One session for each incarnation; slots are shared. An attempt holds its slot from its grant until it has finished.
///
/// One store at a time: while a stream of one incarnation is open, and for a grace after it, no other is let in
/// (``StorePresence``). Two control planes over one location would each move `current`, and each fire every schedule.
package struct HostMachine: Sendable {
  package let instance: String
  package let manifest: ManifestDigest
  package let slots: Int
  /// How the process before this one ended; nil where nobody told it.
  package let previousEnd: String?
  package private(set) var isDraining = false
  package private(set) var running: Set<AttemptID> = []
  private var worlds: [Incarnation: HostSession] = [:]
  private var presence: StorePresence
  /// How far an epoch may lie above the highest seen; any distance where nil, since whoever opens a session proves whose it is.
  private let epochJump: Epoch?
  /// The worlds, longest unused first.
  private var order: [Incarnation] = []

  package init(
    instance: String, manifest: ManifestDigest, slots: Int, storeGrace: Duration = HostLimits.storeGrace,
    epochJump: Epoch? = nil, previousEnd: String? = nil
  ) {
    self.previousEnd = previousEnd
    self.instance = instance
    self.manifest = manifest
    self.slots = slots
    self.epochJump = epochJump
    presence = StorePresence(grace: storeGrace)
  }

  /// What the shell is to do.
  package enum Action: Hashable, Sendable {
    case start(Grant)
    case cancel(AttemptID)
    case settle(Settlement)
    /// Something was left alone; for the host's log.
    case note(String)
  }

  package var heartbeat: Heartbeat {
    Heartbeat(
      slots: slots, inFlight: running.count, isDraining: isDraining, manifest: manifest,
      interval: WireLimits.heartbeatInterval)
  }

  /// Whether every daemon has everything that this host has to tell.
  package var isQuiet: Bool { running.isEmpty && worlds.values.allSatisfy(\.isQuiet) }

  package subscript(incarnation: Incarnation) -> HostSession {
    get { worlds[incarnation] ?? HostSession(instance: instance, incarnation: incarnation) }
    // In place: a setter would copy everything that the session keeps, for each report.
    _modify {
      let instance = instance
      yield &worlds[incarnation, default: HostSession(instance: instance, incarnation: incarnation)]
    }
  }

  // MARK: Sessions

  /// Whether a stream may open at an instant, and how.
  ///
  /// - Throws: ``OpenRefusal``.
  package func verdict(on open: SessionOpen, at now: ContinuousClock.Instant) throws(OpenRefusal) -> Opening {
    if let holder = presence.holder(against: open.incarnation, at: now) { throw .otherStore(holder) }
    let session = self[open.incarnation]
    switch session.verdict(on: open) {
    case .refuse(let highest): throw .staleEpoch(highest: highest)
    case .resume: return .resumed
    case .begin:
      // Not lower than the highest seen: that would be stale.
      if let epochJump, open.epoch - session.epoch > epochJump { throw .epochJump(highest: session.epoch, most: epochJump) }
      return .begun
    }
  }

  /// How a stream opens.
  package enum Opening: Hashable, Sendable {
    /// The session goes on.
    case resumed
    case begun
  }

  /// Goes on with a session, or begins one with what lies unsettled; from now on its store holds the location.
  ///
  /// - Throws: ``OpenRefusal``, which may have come to hold since ``verdict(on:at:)``.
  package mutating func open(
    _ open: SessionOpen, unsettled: [VersionID], at now: ContinuousClock.Instant
  ) throws(OpenRefusal) -> SessionOpened {
    let opening = try verdict(on: open, at: now)
    switch opening {
    case .resumed: self[open.incarnation].resume(open)
    case .begun:
      self[open.incarnation].begin(open, unsettled: unsettled.filter { $0.incarnation == open.incarnation })
      forgetWorlds(but: open.incarnation)
    }
    presence.opened(open.incarnation, at: now)
    return SessionOpened(
      instance: instance, session: self[open.incarnation].session, isResumed: opening == .resumed, manifest: manifest,
      slots: slots, isDraining: isDraining, previousEnd: previousEnd)
  }

  /// The last stream of a store has ended.
  package mutating func close(_ incarnation: Incarnation, at now: ContinuousClock.Instant) {
    presence.closed(incarnation, at: now)
  }

  private mutating func forgetWorlds(but used: Incarnation) {
    order.removeAll { $0 == used }
    order.append(used)
    while order.count > HostLimits.worlds,
      let idle = order.firstIndex(where: { world in
        world != used && !running.contains { $0.incarnation == world }
      })
    {
      worlds[order.remove(at: idle)] = nil
    }
  }

  // MARK: Commands

  /// Takes numbered commands from a daemon.
  ///
  /// - Throws: `WireError` where the daemon has lost its count, or acknowledges what was never sent: its stream must end.
  package mutating func accept(
    _ incarnation: Incarnation, first: UInt64, _ commands: [Received<Command>]
  ) throws(WireError) -> [Action] {
    var actions: [Action] = []
    for command in try self[incarnation].accept(first: first, commands) {
      switch command {
      case .item(.grant(let grant)): actions += take(grant, from: incarnation)
      case .item(.cancel(let attempt)): if running.contains(attempt) { actions.append(.cancel(attempt)) }
      case .item(.settle(let settlement)) where settlement.version.incarnation == incarnation:
        actions.append(.settle(settlement))
      case .item(.settle(let settlement)): actions.append(.note("left alone: \(settlement.version) is of another store"))
      case .unknown: actions.append(.note("left alone: a command of a newer version than this host's"))
      case .malformed(let error, let attempt):
        actions.append(.note("refused: a malformed command: \(error)"))
        if let attempt { refuse(attempt, from: incarnation, malformed: error) }
      }
    }
    return actions
  }

  private mutating func take(_ grant: Grant, from incarnation: Incarnation) -> [Action] {
    let attempt = grant.attempt
    guard attempt.incarnation == incarnation else { return [.note("left alone: attempt \(attempt) is of another store")] }
    guard self[incarnation].admit(attempt) else { return [.note("attempt \(attempt) is known: it goes on")] }
    guard let refusal = refusal(of: grant) else {
      running.insert(attempt)
      return [.start(grant)]
    }
    self[incarnation].report(.finished(attempt, .refused(refusal)))
    return []
  }

  private func refusal(of grant: Grant) -> StepEnd.Refusal? {
    if grant.epoch < self[grant.attempt.incarnation].epoch { return .staleEpoch }
    if isDraining { return .draining }
    if grant.manifest != manifest { return .staleManifest }
    return running.count < slots ? nil : .overloaded
  }

  private mutating func refuse(_ attempt: AttemptID, from incarnation: Incarnation, malformed error: WireError) {
    guard attempt.incarnation == incarnation, self[incarnation].admit(attempt) else { return }
    self[incarnation].report(
      .finished(
        attempt,
        .failed(StepFailure(kind: .undefined, message: "the grant is malformed: \(error)", isRetryable: false))))
  }

  // MARK: Steps

  /// Whether the session that an attempt belongs to has no room: its step is to wait.
  package func mustWait(_ attempt: AttemptID) -> Bool { self[attempt.incarnation].isFull }

  /// Keeps a report; what a fenced attempt says late is dropped.
  ///
  /// - Returns: Whether it was kept.
  @discardableResult package mutating func report(_ report: StepReport) -> Bool {
    guard running.contains(report.attempt) else { return false }
    self[report.attempt.incarnation].report(report)
    if case .finished(let attempt, _) = report { running.remove(attempt) }
    return true
  }

  package mutating func settled(_ settled: LocationEvent.Settled) {
    self[settled.version.incarnation].settled(settled)
  }

  /// From now on every grant is refused; each session says so.
  package mutating func drain() {
    guard !isDraining else { return }
    isDraining = true
    for incarnation in order { self[incarnation].drain() }
  }
}
