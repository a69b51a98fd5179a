// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// What holds whatever a location says.
struct NonsenseJudge {
  let incarnation: Incarnation
  /// Every grant so far, oldest first.
  private(set) var grants: [GrantRecord] = []
  private(set) var versions: [VersionRef] = []
  private var granted: [StepAttempt: GrantRecord] = [:]
  /// Blocking checks that did not pass for good.
  private var failed: [VersionRef: Set<CheckIdentity>] = [:]
  private var passed: [VersionRef: Set<CheckIdentity>] = [:]
  private var fates: [VersionRef: String] = [:]
  private var owners: [VersionRef: LocationName] = [:]
  /// How many outputs all grants have.
  private var outputs = 0
  private var at = Timestamp(microseconds: 0)

  init(incarnation: Incarnation) { self.incarnation = incarnation }

  mutating func observe(_ decision: Decision, of command: Command) throws(Violation) {
    for stamped in decision.events {
      guard stamped.at >= at else { throw Violation(.timeNeverGoesBack, "\(stamped.at) after \(at)") }
      at = stamped.at
      try observe(stamped.event, by: command.speaker)
    }
    if command == .tick { try observeOnce(decision.effects) }
  }

  /// Whoever repeats himself has it done once more at most: what a tick decides itself may be what it repeats.
  private func observeOnce(_ effects: [Effect]) throws(Violation) {
    let most = Dictionary(grouping: effects, by: \.self).values.map(\.count).max() ?? 0
    guard most <= 2 else { throw Violation(.isolation, "one tick has the same done \(most) times") }
  }

  private mutating func observe(_ event: Event, by speaker: LocationName?) throws(Violation) {
    switch event {
    case .stepGranted(let grant): remember(grant)
    case .stepStarted(let step, let attempt), .logged(let step, let attempt, _, _), .staged(let step, let attempt, _),
      .slotReturned(let step, let attempt), .attemptEnded(let step, let attempt, _, _):
      try own(step, attempt, speaker)
    case .checked(let step, let attempt, let version, let evaluations):
      try own(step, attempt, speaker)
      for evaluation in evaluations where evaluation.outcome == .failed { failed[version, default: []].insert(evaluation.check) }
      for evaluation in evaluations where evaluation.outcome == .passed { passed[version, default: []].insert(evaluation.check) }
    case .promoted(let version, let step, let attempt, _, _):
      try own(step, attempt, speaker)
      try promote(version, step, attempt)
    case .rejected(let version, let step, let attempt, _, _):
      try own(step, attempt, speaker)
      try settle(version, as: "rejected")
    case .discarded(let version, let step, let attempt):
      try own(step, attempt, speaker)
      try settle(version, as: "discarded")
    case .settled(let version):
      guard let speaker else { return }
      guard owners[version] == speaker else {
        throw Violation(.ownership, "'\(speaker)' settles \(version), which is not its own")
      }
    default: break
    }
  }

  private mutating func remember(_ grant: GrantRecord) {
    grants.append(grant)
    outputs += grant.outputs.count
    granted[StepAttempt(step: grant.step, number: grant.attempt)] = grant
    guard grant.kind == .materialize else { return }
    for output in grant.outputs {
      let version = VersionRef(AssetPartition(output.asset, grant.partition), output.number)
      versions.append(version)
      owners[version] = grant.location
    }
  }

  /// What a location says changes its own attempts alone.
  private func own(_ step: StepID, _ attempt: Int, _ speaker: LocationName?) throws(Violation) {
    guard let grant = granted[StepAttempt(step: step, number: attempt)] else {
      throw Violation(.lifeOfAStep, "attempt \(attempt) of step \(step) was never granted")
    }
    guard speaker == nil || grant.location == speaker else {
      throw Violation(.ownership, "'\(speaker?.description ?? "")' changes step \(step) of '\(grant.location)'")
    }
  }

  private mutating func promote(_ version: VersionRef, _ step: StepID, _ attempt: Int) throws(Violation) {
    try settle(version, as: "promoted")
    let grant = granted[StepAttempt(step: step, number: attempt)]
    let checks = grant?.outputs.first { $0.asset == version.of.asset }?.checks ?? []
    for check in checks where check.severity == .block {
      guard failed[version]?.contains(check.check) != true else {
        throw Violation(.lastKnownGood, "\(version) is promoted, and '\(check.check)' had failed on it")
      }
      guard passed[version]?.contains(check.check) == true else {
        throw Violation(.lastKnownGood, "\(version) is promoted, and '\(check.check)' has not passed on it")
      }
    }
  }

  private mutating func settle(_ version: VersionRef, as fate: String) throws(Violation) {
    if let other = fates.updateValue(fate, forKey: version) {
      throw Violation(.exactlyOneCommit, "\(version) is \(fate) after it was \(other)")
    }
  }

  /// Whatever was said, a state holds no more than was granted.
  func bound(_ state: State) throws(Violation) {
    for (name, location) in state.locations {
      let active = state.runs.values.reduce(0) { $0 + $1.active.values.count { $0.grant.location == name } }
      guard location.inFlight == active else {
        throw Violation(.slots, "'\(name)' has \(location.inFlight) attempts in flight, and \(active) are")
      }
      guard location.fenced.count <= grants.count, location.unsettled.count <= versions.count else {
        throw Violation(.slots, "'\(name)' is owed more than it was granted")
      }
    }
    guard state.holders.count <= outputs, state.settlers.count <= versions.count else {
      throw Violation(.slots, "a state holds more than was granted")
    }
  }
}

extension Command {
  /// For a trace: a manifest would fill it.
  var inShort: String { if case .manifestReceived = self { "manifestReceived" } else { "\(self)" } }

  /// The location that says it; nil for what its own daemon decides.
  var speaker: LocationName? {
    switch self {
    case .reports(let location, _), .settled(let location, _), .settlementFailed(let location, _),
      .sessionOpened(let location, _), .sessionResumed(let location, _), .capacityChanged(let location, _),
      .drainingBegan(let location):
      location
    default: nil
    }
  }
}
