// SPDX-License-Identifier: Apache-2.0

import AssetModel
import JournalCodec
import Orchestrator

/// Locations that say well-formed things in a senseless order, about what exists, existed, never existed or is another's; and the
/// real core, which must hold its invariants all the same.
///
/// There are no hosts behind it: whatever a peer could put on the wire is said by anybody at any time.
package struct Nonsense {
  /// How many commands a seed comes to.
  package static let commands = 150
  /// How often the state is compared with a replay and with its snapshot, in commands.
  private static let comparison = 50

  private var words: NonsenseWords
  private var judge: NonsenseJudge
  private var core: Core
  private var now: Timestamp
  private var journal: [StampedEvent] = []
  private var projector = Projector()
  /// What was said, a line each.
  package private(set) var trace: [String] = []

  private init(seed: UInt64) throws(ModelError) {
    words = try NonsenseWords(seed: seed)
    judge = NonsenseJudge(incarnation: words.incarnation)
    core = Core(State(incarnation: words.incarnation), policy: Self.policy)
    now = words.start
  }

  private static var policy: CorePolicy {
    var policy = CorePolicy()
    policy.patience = .seconds(900)
    policy.stepsPerRun = 1_000
    return policy
  }

  /// Runs one seed; it always comes to the same.
  ///
  /// - Parameter said: Told each command before it is decided: a trap leaves nothing else behind.
  package static func run(seed: UInt64, said: (String) -> Void = { _ in }) -> (violation: Violation?, trace: [String]) {
    do {
      var nonsense = try Nonsense(seed: seed)
      return (nonsense.live(said), nonsense.trace)
    } catch {
      return (Violation(.progress, "the seed makes no world: \(error)"), [])
    }
  }

  private mutating func live(_ said: (String) -> Void) -> Violation? {
    do {
      for command in words.beginnings { try decide(command, said) }
      for index in 0..<Self.commands {
        if words.dice.chance(0.02) { try restart(said) }
        now = now + words.pause()
        try decide(words.command(judge, core.state, journal.count), said)
        if index % Self.comparison == 0 { try compare() }
      }
      try compare()
      return nil
    } catch {
      return error
    }
  }

  private mutating func decide(_ command: Command, _ said: (String) -> Void) throws(Violation) {
    let line = "\(now) \(command.inShort)"
    trace.append(line)
    said(line)
    let decision = core.decide(command, at: now)
    let position = JournalPosition(journal.count + 1)
    journal += decision.events
    try judge.observe(decision, of: command)
    try judge.bound(core.state)
    _ = projector.project(decision.events, from: position)
  }

  /// The daemon dies; another begins from the journal.
  private mutating func restart(_ said: (String) -> Void) throws(Violation) {
    try compare()
    let epoch = core.state.epoch + 1
    core = Core(replayed(), policy: core.policy)
    try decide(.begin(epoch), said)
  }

  private func replayed() -> State {
    var state = State(incarnation: words.incarnation)
    for event in journal { state.evolve(event) }
    return state
  }

  /// Replaying what was emitted, or reading what was stored, gives the same.
  private func compare() throws(Violation) {
    guard replayed() == core.state else { throw Violation(.replayEquality, "a replay of \(journal.count) events differs") }
    do {
      let stored = try JournalCodec.encode(core.state)
      let state = try JournalCodec.decodeState(
        stored.bytes, checksum: stored.checksum, incarnation: words.incarnation)
      guard state == core.state else { throw Violation(.replayEquality, "a snapshot differs from the state that it is of") }
      let manifests = words.manifests
      let batch = try JournalCodec.encode(journal)
      let read = try JournalCodec.decode(batch.bytes) { (digest) throws(JournalError) in
        guard let manifest = manifests[digest] else { throw JournalError(.damaged, "\(digest) is unknown") }
        return manifest
      }
      guard read == journal else { throw Violation(.replayEquality, "what the journal tells is not what it was told") }
    } catch {
      throw error as? Violation ?? Violation(.replayEquality, "what was decided cannot be stored: \(error)")
    }
  }
}
