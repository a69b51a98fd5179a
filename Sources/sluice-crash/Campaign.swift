// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation

/// Kills, restarts and compares, until enough were killed or something is not as it must be.
final class Campaign {
  let trace: Trace
  let ledger = Ledger()
  let listener: Listener
  let plant: Plant
  private(set) var figures = Figures()
  private let kills: Int
  private let catalogue = Catalogue()
  private let office: Office
  private let desk: Desk
  private let watcher: Watcher
  private let auditor: Auditor
  private let rest: Rest
  private var strikes: Strikes
  private var workload: Workload

  /// What is still to be broken on purpose.
  private var sabotage: Sabotage?

  init(kills: Int, seed: UInt64, plant: Plant, trace: Trace, sabotage: Sabotage? = nil) {
    self.kills = kills
    self.sabotage = sabotage
    self.plant = plant
    self.trace = trace
    desk = Desk(urls: plant.urls)
    listener = Listener(desk: desk)
    office = Office(desk: desk, ledger: ledger, trace: trace)
    watcher = Watcher(places: catalogue.places, storage: plant.storage)
    auditor = Auditor(desk: desk, catalogue: catalogue, ledger: ledger, storage: plant.storage)
    rest = Rest(desk: desk, catalogue: catalogue, ledger: ledger, listener: listener, storage: plant.storage)
    strikes = Strikes(seed: seed, victims: plant.victims)
    workload = Workload(seed: seed, catalogue: catalogue)
  }

  /// - Returns: every violation found at the first comparison that found one.
  func run() async throws -> [Violation] {
    let listening = Task { [listener] in await listener.run() }
    watcher.start()
    defer {
      listening.cancel()
      watcher.stop()
    }
    do {
      for victim in plant.victims { try start(victim) }
      try await compare()
      // The last blow falls at rest, so that the whole history is compared after a restart.
      while !isEnough {
        try await carryOut(strikes.next())
        if let sabotage, figures.total >= Sabotage.due { try await commit(sabotage) }
      }
      try await finish()
      return []
    } catch let found as Violations {
      return found.all
    } catch let violation as Violation {
      return [violation]
    } catch let error as APIError {
      return [Violation(.rest, "the daemon refused to answer: \(error.message)")]
    } catch let error as DaemonUnreachable {
      return [Violation(.rest, "the daemon did not answer: \(error.cause)")]
    }
  }

  private struct Violations: Error { let all: [Violation] }

  /// Whether only the blow at rest is left, which hits every daemon.
  private var isEnough: Bool { figures.total >= kills - plant.urls.count }

  // MARK: One blow

  private func carryOut(_ strike: Strike) async throws {
    for _ in 1..<strike.actions { try await office.perform(nextAction()) }
    try await reach(strike)
    fell(strike)
    if let frozen = strike.freezes { try await hold(frozen, for: strike.down) } else { try await raise(strike) }
    if strike.rests { try await compare() }
  }

  /// Leaves a daemon standing still for a while, and lets it go on with what it was about to do.
  private func hold(_ frozen: Victim, for time: Duration) async throws {
    let end = ContinuousClock.now + time
    try await office.perform(nextAction())
    if ContinuousClock.now < end { try await Task.sleep(until: end) }
    plant.thaw(frozen)
    trace.note("\(frozen.rawValue) goes on")
  }

  private func raise(_ strike: Strike) async throws {
    if strike.down > .zero { try await Task.sleep(for: strike.down) }
    for victim in strike.victims { try start(victim) }
    for pause in strike.again where !isEnough { try await strikeAgain(strike.victims, after: pause) }
  }

  /// Waits for the moment, and kills.
  private func reach(_ strike: Strike) async throws {
    trace.note("next blow: \(strike)")
    let action = nextAction()
    switch strike.moment {
    case .acknowledged:
      try await office.perform(action)
      try await blow(strike)
    case .asked:
      let office = office
      async let asked = office.attempt(action)
      try await blow(strike)
      if try await !asked { trace.note("no answer: \(action)") }
    case .event(let kind):
      let earlier = listener.count(of: kind)
      try await office.perform(action)
      try await aim { listener.count(of: kind) > earlier }
      try await blow(strike)
    case .staging:
      try await office.perform(action)
      let storage = plant.storage
      try await aim { catalogue.keys.contains { !Shelf.unsettled(of: $0, in: storage).isEmpty } }
      try await blow(strike)
    case .running:
      try await office.perform(action)
      try await blow(strike)
    case .rest:
      try await office.perform(action)
      try await compare()
      try await blow(strike)
    }
  }

  /// Waits for a condition, but not for long: the event may not come.
  private func aim(_ isReached: () -> Bool) async throws {
    let deadline = ContinuousClock.now + CrashLimits.aim
    while !isReached(), ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(1)) }
  }

  private func blow(_ strike: Strike) async throws {
    if strike.delay > .zero { try await Task.sleep(for: strike.delay) }
    guard let frozen = strike.freezes else { return try kill(strike.victims) }
    plant.freeze(frozen)
    figures.freezes += 1
    if strike.down > CrashLimits.lease { figures.longFreezes += 1 }
    trace.note("\(frozen.rawValue) stands still")
  }

  private func strikeAgain(_ victims: [Victim], after pause: Duration) async throws {
    if pause > .zero { try await Task.sleep(for: pause) }
    figures.whileStarting += victims.count
    try kill(victims)
    for victim in victims { try start(victim) }
  }

  private func fell(_ strike: Strike) {
    figures.moments[strike.moment.name, default: 0] += 1
    if strike.victims.count > 1 { figures.together += 1 }
  }

  private func nextAction() -> Action {
    let open = ledger.acknowledged.filter { entry in entry.run.map { !listener.hasEnded($0) } ?? false }
    return workload.next(ledger: ledger, open: open)
  }

  // MARK: Processes

  private func start(_ victim: Victim) throws {
    trace.note("start \(victim.rawValue)")
    try plant.start(victim)
  }

  private func kill(_ victims: [Victim]) throws {
    try checkAlive()
    for victim in victims {
      plant.kill(victim)
      trace.note("killed \(victim.rawValue)")
      figures.kills[victim, default: 0] += 1
    }
  }

  private func checkAlive() throws {
    let deserters = plant.deserters
    if !deserters.isEmpty { throw Violations(all: deserters) }
  }

  // MARK: Sabotage

  /// Breaks something at rest, as soon as there is something to break.
  private func commit(_ sabotage: Sabotage) async throws {
    try await compare()
    if sabotage == .forget { return try await forget() }
    guard let done = try sabotage.apply(to: plant.storage, places: catalogue.places, history: listener.history) else { return }
    trace.note("sabotage: \(done)")
    self.sabotage = nil
    auditor.forget()
    try await compare()
  }

  /// Keeps the store as it is, goes on, and comes back to it.
  private func forget() async throws {
    let kept = plant.home.appendingPathComponent("state.kept")
    if !FileManager.default.fileExists(atPath: kept.path) {
      try kill([.daemon])
      try FileManager.default.copyItem(at: plant.state, to: kept)
      try start(.daemon)
      return try await office.perform(.launch(workload.everything()))
    }
    try kill(plant.victims)
    try FileManager.default.removeItem(at: plant.state)
    try FileManager.default.moveItem(at: kept, to: plant.state)
    trace.note("sabotage: the store of an earlier moment")
    sabotage = nil
    for victim in plant.victims { try start(victim) }
    let office = Office(desk: desk, ledger: ledger, trace: trace)
    for order in ledger.acknowledged.map(\.order) { try await office.perform(.again(order)) }
  }

  // MARK: The model

  private func compare() async throws {
    try await rest.wait(checkAlive)
    let violations = try await auditor.audit(listener.history, watcher: watcher)
    figures.audits += 1
    trace.note("compared with the model: \(violations.isEmpty ? "all is well" : "\(violations.count) violations")")
    if !violations.isEmpty { throw Violations(all: violations) }
  }

  /// Everything once more, after a restart of the daemon; then a run of everything, which every slot is needed for.
  private func finish() async throws {
    for order in ledger.unanswered { try await office.perform(.again(order)) }
    try await compare()
    let daemons = Victim.daemons.filter { plant.victims.contains($0) }
    try kill(daemons)
    for daemon in daemons { try start(daemon) }
    try await office.perform(.launch(workload.everything()))
    auditor.forget()
    try await compare()
    try await compareJournal()
  }

  /// What the journal tells now is what it told when it happened.
  private func compareJournal() async throws {
    let told = listener.history
    let tells = try await Listener.read(desk, through: told.position)
    let differing = told.digests.filter { tells.digests[$0.key] != $0.value }.keys.sorted()
    let added = tells.digests.keys.filter { told.digests[$0] == nil }.sorted()
    guard let first = (differing + added).min() else { return }
    throw Violation(.journal, "\(differing.count) positions tell another story and \(added.count) are new, from \(first) on")
  }
}
