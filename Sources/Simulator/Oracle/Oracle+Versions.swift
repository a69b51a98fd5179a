// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Staging, checks, commits, and the ends of attempts.
extension Oracle {
  func observe(
    started step: StepID, _ number: Int, _ hosts: [LocationName: SimulatedHost]
  ) throws(Violation) {
    let facts = try inFlight(step, number, "started")
    let id = attemptID(step, number)
    guard hosts[facts.grant.location]?.deeds.started.contains(id) == true else {
      throw Violation(.exactlyOneCommit, "\(id) is said to have started, and never did")
    }
  }

  /// What the core says of itself (deadlines, losses) needs no word of the host; what it says of the host does.
  func observe(
    end: AttemptEnd, _ step: StepID, _ number: Int, _ hosts: [LocationName: SimulatedHost]
  ) throws(Violation) {
    let facts = try inFlight(step, number, "ended")
    let id = attemptID(step, number)
    let said = hosts[facts.grant.location]?.deeds.ends[id] ?? []
    let word: StepEnd? =
      switch end {
      case .completed: .completed
      case .failed(let failure) where failure.kind == .threw: .failed(failure)
      case .refused(let refusal): .refused(refusal)
      case .failed, .cancelled, .lost: nil
      }
    guard word.map({ said.contains($0) }) ?? true else {
      throw Violation(.exactlyOneCommit, "\(id) is said to have ended '\(end)', and never did")
    }
  }

  mutating func observe(
    staged outputs: [StagedOutput], _ step: StepID, _ number: Int, _ hosts: [LocationName: SimulatedHost]
  ) throws(Violation) {
    let facts = try inFlight(step, number, "staged")
    let id = attemptID(step, number)
    guard hosts[facts.grant.location]?.deeds.staged.contains(id) == true else {
      throw Violation(.exactlyOneCommit, "\(id) is said to have staged \(outputs.map(\.asset)), and never did")
    }
    attempts[id]?.isStaged = true
    for output in outputs where output.locator.isInline {
      guard let granted = facts.grant.outputs.first(where: { $0.asset == output.asset }) else { continue }
      versions[VersionRef(AssetPartition(output.asset, facts.grant.partition), granted.number)]?.isInline = true
    }
  }

  mutating func observe(
    _ evaluations: [CheckEvaluation], on version: VersionRef, _ step: StepID, _ number: Int,
    _ hosts: [LocationName: SimulatedHost]
  ) throws(Violation) {
    let facts = try inFlight(step, number, "checked")
    let id = attemptID(step, number)
    let deeds = hosts[facts.grant.location]?.deeds.evaluated[id]?[version.of.asset] ?? [:]
    for evaluation in evaluations {
      // What was said first stands, and a failure of an earlier attempt at the version.
      let hasFailed = versions[version]?.outcomes[evaluation.check] == .failed
      guard let said = deeds[evaluation.check]?.first, said == evaluation.outcome || (hasFailed && evaluation.outcome == .failed)
      else {
        throw Violation(.exactlyOneCommit, "\(id) is said to have evaluated '\(evaluation.check)' on \(version), and never did")
      }
      attempts[id]?.outcomes[version.of.asset, default: [:]][evaluation.check] = evaluation.outcome
      if !hasFailed { versions[version]?.outcomes[evaluation.check] = evaluation.outcome }
    }
  }

  // MARK: Commits

  mutating func promote(
    _ version: VersionRef, _ step: StepID, _ number: Int, _ passed: [CheckIdentity]
  ) throws(Violation) {
    let facts = try commit(version, step, number, "promoted")
    let outcomes = attempts[attemptID(step, number)]?.outcomes[version.of.asset] ?? [:]
    let output = facts.grant.outputs.first { $0.asset == version.of.asset }
    for check in declaredBlocking(output) where outcomes[check] != .passed {
      throw Violation(.lastKnownGood, "\(version) is promoted, and '\(check)' has not passed on it")
    }
    guard passed.allSatisfy({ outcomes[$0] == .passed }) else {
      throw Violation(.lastKnownGood, "\(version) is promoted with checks that did not pass")
    }
    versions[version]?.fate = .promoted
    partitions[version.of]?.current = version.number
    remember(version, step) { $0.promoted = version.number }
  }

  mutating func reject(
    _ version: VersionRef, _ step: StepID, _ number: Int, _ by: [CheckIdentity]
  ) throws(Violation) {
    let facts = try commit(version, step, number, "rejected")
    let outcomes = attempts[attemptID(step, number)]?.outcomes[version.of.asset] ?? [:]
    let blocking = declaredBlocking(facts.grant.outputs.first { $0.asset == version.of.asset })
    guard !by.isEmpty, Set(by) == blocking.filter({ outcomes[$0] != .passed }) else {
      throw Violation(.lastKnownGood, "\(version) is rejected by \(by.map(\.name)), which does not condemn it")
    }
    versions[version]?.fate = .rejected
    remember(version, step) { _ in }
  }

  mutating func discard(_ version: VersionRef, _ step: StepID, _ number: Int) throws(Violation) {
    _ = try inFlight(step, number, "discarded")
    guard versions[version]?.fate == .granted else {
      throw Violation(.exactlyOneCommit, "\(version) is discarded after it was settled")
    }
    versions[version]?.fate = .discarded
    mustSettle(version)
  }

  private mutating func commit(
    _ version: VersionRef, _ step: StepID, _ number: Int, _ what: String
  ) throws(Violation) -> AttemptFacts {
    let facts = try inFlight(step, number, what)
    let id = attemptID(step, number)
    guard facts.isStaged, facts.grant.kind == .materialize, versions[version]?.attempt == id, versions[version]?.fate == .granted
    else { throw Violation(.exactlyOneCommit, "\(version) is \(what) by \(id), which may not") }
    if let other = runs[step.run]?.committed[step.ordinal], other != id {
      throw Violation(.exactlyOneCommit, "\(version) is \(what) by \(id), after \(other) committed")
    }
    guard version.number > self.facts(version.of).newest else {
      throw Violation(.exactlyOneCommit, "\(version) is \(what) after v\(self.facts(version.of).newest)")
    }
    runs[step.run]?.committed[step.ordinal] = id
    runs[step.run]?.made[version.of] = version
    mustSettle(version)
    return facts
  }

  private mutating func mustSettle(_ version: VersionRef) {
    if versions[version]?.isInline == false { unsettled.insert(version) }
  }

  /// Under what the partition meant when the step was planned, where it is not declared any more.
  private mutating func remember(_ version: VersionRef, _ step: StepID, _ change: (inout PartitionFacts) -> Void) {
    func settle(_ facts: inout PartitionFacts) {
      facts.newest = version.number
      change(&facts)
    }
    let (asset, partition) = (version.of.asset, version.of.partition)
    if spaces[asset]?.index(of: partition) != nil {
      if partitions[version.of] != nil { settle(&partitions[version.of, default: PartitionFacts()]) }
    } else if let node = runs[step.run]?.plan.nodes.first(where: { $0.outputs.contains(asset) }) {
      settle(&shelf[asset, default: [:]][Meaning(node.space), default: [:]][partition, default: PartitionFacts()])
    }
  }

  /// The blocking checks as the deployed manifest declared them when the attempt was granted.
  private func declaredBlocking(_ output: GrantedVersion?) -> Set<CheckIdentity> {
    Set((output?.checks ?? []).filter { $0.severity == .block }.map(\.check))
  }

  // MARK: Ends of attempts

  mutating func end(_ step: StepID, _ number: Int, _ returnsSlot: Bool) throws(Violation) {
    let facts = try inFlight(step, number, "ended")
    let id = attemptID(step, number)
    attempts[id]?.isOver = true
    runs[step.run]?.inFlight[step.ordinal] = nil
    for output in facts.grant.outputs {
      let target = AssetPartition(output.asset, facts.grant.partition)
      if partitions[target]?.holder == id { partitions[target]?.holder = nil }
      if facts.grant.kind == .materialize, versions[VersionRef(target, output.number)]?.fate == .granted {
        throw Violation(.lifeOfAStep, "\(id) ended, and nothing was decided about \(target) v\(output.number)")
      }
    }
    if returnsSlot { try giveBack(id) }
  }

  mutating func returnSlot(_ step: StepID, _ number: Int) throws(Violation) {
    let id = attemptID(step, number)
    guard attempts[id]?.isOver == true else { throw Violation(.slots, "the slot of \(id) comes back before it is over") }
    try giveBack(id)
  }

  private mutating func giveBack(_ id: AttemptID) throws(Violation) {
    guard let facts = attempts[id], facts.holdsSlot else { throw Violation(.slots, "the slot of \(id) comes back twice") }
    attempts[id]?.holdsSlot = false
    slotsUsed[facts.grant.location, default: 0] -= 1
  }
}
