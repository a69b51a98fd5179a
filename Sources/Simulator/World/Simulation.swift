// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// One seed's world: hosts, a daemon, a journal and a virtual clock, with an oracle that sees every durable event.
struct Simulation {
  let scenario: Scenario
  let sabotage: Sabotage?
  var dice: Dice
  var queue = EventQueue()
  var clock: Timestamp
  /// How far the daemon's clock is off.
  var skew: Duration = .zero
  var hosts: [LocationName: SimulatedHost] = [:]
  var links: [LocationName: Link] = [:]
  var daemon = SimulatedDaemon()
  /// Draws the positions of the snapshots that the daemon starts from.
  var snapshotDice: Dice
  var journal: [StampedEvent] = []
  var journalFaults = JournalFaults()
  var oracle: Oracle
  /// What the workspace file says now.
  var workspaceFile: WorkspaceDefinition
  var areFaultsOver = false
  /// Where the daemon is to die: after this share of the next effects.
  var crashAfterEffects: Double?
  var census = Census()
  let trace: Trace?
  /// What another control plane has left on the disks.
  private(set) var foreigners: Set<VersionID> = []
  let names: [LocationName]
  let incarnation: Incarnation
  /// Ticks in a row that came at one instant.
  private var ticksAtOnce = 0

  init(_ scenario: Scenario, sabotage: Sabotage? = nil, isTraced: Bool = false) {
    self.scenario = scenario
    self.sabotage = sabotage
    dice = Dice(seed: scenario.seed, stream: 5)
    snapshotDice = Dice(seed: scenario.seed, stream: 6)
    clock = scenario.start
    workspaceFile = scenario.workspace
    names = scenario.locations.map(\.name)
    incarnation = Incarnation(UInt32(truncatingIfNeeded: scenario.seed &* 0x9E37_79B9))
    trace = isTraced ? Trace() : nil
    var deployed: [ManifestDigest: Manifest] = [:]
    for deployment in scenario.deployments.values.joined() { deployed[deployment.digest] = deployment.manifest }
    oracle = Oracle(incarnation: incarnation, deployed: deployed)
    for name in names {
      guard let first = scenario.deployments[name]?.first else { continue }
      hosts[name] = SimulatedHost(name: name, incarnation: incarnation, deployment: first)
      links[name] = Link()
      if dice.chance(0.1), let output = first.manifest.steps.first?.outputs.first {
        let foreign = VersionID(
          incarnation: Incarnation(incarnation.value &+ 1), asset: output.key, partition: .only, number: 1)
        hosts[name]?.keep(foreign: foreign)
        foreigners.insert(foreign)
      }
    }
  }

  /// Lives through the scenario, then ends the faults and waits until everything has come to rest.
  mutating func run() throws(Violation) {
    for timed in scenario.actions { queue.add(.action(timed.action), at: scenario.start + timed.after) }
    try startDaemon()
    try live(until: scenario.start + scenario.horizon)
    try comeToRest()
    census.seeds = 1
    census.events = journal.count
  }

  /// Lets everything happen that is due before an instant, or until `isDone`.
  mutating func live(until end: Timestamp, or isDone: (borrowing Simulation) -> Bool = { _ in false }) throws(Violation) {
    while let next = nextInstant(), next <= end {
      if isDone(self) { return }
      try step(at: next)
    }
    if isDone(self) { return }
    clock = max(clock, end)
  }

  private func nextInstant() -> Timestamp? {
    switch (queue.nextInstant, wakeInstant()) {
    case (let queued?, let wake?): min(queued, wake)
    case (let queued, let wake): queued ?? wake
    }
  }

  private mutating func step(at instant: Timestamp) throws(Violation) {
    if instant > clock { ticksAtOnce = 0 }
    clock = max(clock, instant)
    if let wake = wakeInstant(), wake <= clock, queue.nextInstant.map({ wake <= $0 }) ?? true {
      ticksAtOnce += 1
      // A decision may have little time in this world: a hundred whole ones' work is never due at one instant, in however many ticks.
      guard ticksAtOnce * scenario.policy.workPerDecision < 100 * CorePolicy().workPerDecision else {
        throw Violation(.progress, "ticks are due again and again at \(clock)")
      }
      daemon.inbox.append(Envelope(command: .tick))
    } else if let (_, happening) = queue.next() {
      try perform(happening)
    }
    try decide()
  }

  func later(_ duration: Duration) -> Timestamp { clock + duration }

  func note(_ text: @autoclosure () -> String) { trace?.add(clock, text()) }
}
