// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// The end of a seed: the faults stop, and everything must come to rest.
extension Simulation {
  /// How long everything may take to come to rest.
  private static let patience: Duration = .seconds(12 * 3_600)

  mutating func comeToRest() throws(Violation) {
    note("faults are over")
    areFaultsOver = true
    heal()
    try live(until: later(.seconds(3_000)))
    try live(until: later(Self.patience)) { $0.isCaughtUp }
    if let missed = oracle.missedTick() { throw Violation(.ticksOnce, missed) }
    askSchedules { .pauseSchedule($0) }
    try decide()
    try live(until: later(Self.patience)) { $0.isQuiet }
    try observeQuiet()
    // Whatever zombies have left on the disks comes to light when sessions open without a past.
    for name in names {
      links[name]?.session = nil
      breakSession(name)
    }
    try live(until: later(.seconds(600)))
    try observeQuiet()
    try observeDisks()
    guard let state = daemon.brain?.core.state else { throw Violation(.quiescence, "the daemon is not up") }
    try compare(state)
  }

  private mutating func heal() {
    journalFaults = JournalFaults()
    crashAfterEffects = nil
    reload(without: [])
    for name in names {
      links[name]?.unreachableUntil = clock
      guard let host = hosts[name] else { continue }
      if !host.deployment.isReadable, let readable = scenario.deployments[name]?.last(where: \.isReadable) {
        hosts[name]?.deployment = readable
        crashHost(name, downFor: .seconds(1))
      } else if host.epochSeen > daemon.epoch {
        crashHost(name, downFor: .seconds(1))
      } else if host.slots == 0 {
        changeSlots(of: name, to: 2)
      }
    }
  }

  private var isCaughtUp: Bool { isAwake && oracle.missedTick() == nil }

  private var isAwake: Bool {
    daemon.brain != nil && daemon.inbox.isEmpty && daemon.appending == nil && daemon.ahead.isEmpty
  }

  private var isQuiet: Bool {
    guard isAwake, oracle.unfinished.isEmpty, oracle.unsettled.isEmpty else { return false }
    return oracle.slotsUsed.values.allSatisfy { $0 == 0 }
  }

  private func observeQuiet() throws(Violation) {
    guard isQuiet, let state = daemon.brain?.core.state else { throw Violation(.quiescence, unrest) }
    guard state.runs.isEmpty, state.runsByAsset.isEmpty, state.holders.isEmpty else {
      throw Violation(.quiescence, "the state keeps runs \(state.runs.keys.sorted()) or holders \(state.holders.keys.sorted())")
    }
    for (name, location) in state.locations where location.slotsInUse != 0 || !location.unsettled.isEmpty {
      throw Violation(.quiescence, "the state keeps slots or settlements of '\(name)'")
    }
  }

  private var unrest: String {
    let steps = oracle.unfinished.sorted().flatMap { id in
      (oracle.runs[id]?.targets ?? []).indices.filter { oracle.runs[id]?.outcomes[$0] == nil }
        .map { "\(id).\($0) \(daemon.brain?.core.state.runs[id]?.steps[$0].phase.rawValue ?? "unknown")" }
    }
    return
      "at \(clock): steps \(steps), unsettled \(oracle.unsettled.sorted()), slots \(oracle.slotsUsed.filter { $0.value != 0 })"
  }

  private func observeDisks() throws(Violation) {
    for (name, host) in hosts.sorted(by: { $0.key < $1.key }) {
      let staged = host.disk.staged.filter { !foreigners.contains($0) }
      guard staged.isEmpty else {
        throw Violation(.quiescence, "'\(name)' still keeps \(staged.map(\.description)) staged")
      }
    }
    let kept = Set(hosts.values.flatMap(\.disk.staged))
    guard kept.isSuperset(of: foreigners) else {
      throw Violation(.lastKnownGood, "\(foreigners.subtracting(kept)) of another control plane was touched")
    }
    for (target, facts) in oracle.partitions.sorted(by: { $0.key < $1.key }) where facts.current > 0 {
      let version = VersionRef(target, facts.current)
      if oracle.versions[version]?.isInline == true { continue }
      guard let owner = oracle.versions[version]?.location, hosts[owner]?.disk.current[target] == facts.current else {
        throw Violation(.lastKnownGood, "\(version) is promoted, and consumers do not read it")
      }
    }
  }
}
