// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// What a partition's gate says, by semantics 7 to 12.
enum Answer: Hashable {
  case open(VersionNumber)
  case mayOpen
  case closed(String)
}

extension Oracle {
  mutating func observe(_ grant: GrantRecord) throws(Violation) {
    let id = attemptID(grant.step, grant.attempt)
    guard let run = runs[grant.step.run], !run.isFinished, run.outcomes[grant.step.ordinal] == nil,
      run.targets.indices.contains(grant.step.ordinal)
    else { throw Violation(.lifeOfAStep, "\(id) is granted, and its step or run has ended") }
    try observe(placeOf: grant)
    try observe(attemptOf: grant, in: run)
    if grant.kind == .materialize { try observe(inputsOf: grant, in: run) }
    try observe(outputsOf: grant)
    record(grant, id)
  }

  // MARK: Where

  private func observe(placeOf grant: GrantRecord) throws(Violation) {
    guard let session = sessions[grant.location], let definition = workspace.locations.first(where: { $0.name == grant.location })
    else { throw Violation(.lifeOfAStep, "step \(grant.step) is granted to '\(grant.location)', which has no session or place") }
    guard !session.isDraining, session.manifest == grant.manifest, digests[grant.location] == grant.manifest else {
      throw Violation(
        .lifeOfAStep, "step \(grant.step) is granted under \(grant.manifest), which '\(grant.location)' does not offer")
    }
    let limit = min(session.slots, definition.maxInFlight ?? .max)
    let used = slotsUsed[grant.location] ?? 0
    guard used < limit else { throw Violation(.slots, "'\(grant.location)' gets attempt \(used + 1) of \(limit)") }
    for output in grant.outputs {
      guard let asset = declared.assets[output.asset], asset.location == grant.location, asset.step.name == grant.stepName,
        !declared.cyclic.contains(output.asset), declared.has(AssetPartition(output.asset, grant.partition), at: at)
      else { throw Violation(.ownership, "'\(grant.location)' is granted \(output.asset), which it may not make or check") }
      let left = grant.deadline - running
      guard left > asset.step.timeout - Self.grain, left < asset.step.timeout + Self.grain else {
        throw Violation(.progress, "step \(grant.step) has \(left), and a timeout of \(asset.step.timeout)")
      }
    }
  }

  private func observe(attemptOf grant: GrantRecord, in run: RunFacts) throws(Violation) {
    let step = grant.step
    guard run.inFlight[step.ordinal] == nil, grant.attempt == (run.attempts[step.ordinal] ?? 0) + 1 else {
      throw Violation(.exactlyOneCommit, "attempt \(grant.attempt) of step \(step) is granted beside or out of turn")
    }
    guard run.committed[step.ordinal] == nil else {
      throw Violation(.exactlyOneCommit, "step \(step) is tried again after it has committed")
    }
    if let notBefore = run.notBefore[step.ordinal], running < notBefore {
      throw Violation(.lifeOfAStep, "step \(step) is tried again at \(running), before \(notBefore)")
    }
    guard !run.cancelRequested else { throw Violation(.lifeOfAStep, "step \(step) is granted after its run was cancelled") }
    guard Set(grant.outputs.map { AssetPartition($0.asset, grant.partition) }) == Set(run.targets[step.ordinal]) else {
      throw Violation(.lifeOfAStep, "step \(step) is granted other outputs than planned")
    }
    for target in run.targets[step.ordinal] {
      if let holder = facts(target).holder {
        throw Violation(.oneInFlight, "\(target) is granted to step \(step) while \(holder) holds it")
      }
    }
  }

  // MARK: What it reads

  private func observe(inputsOf grant: GrantRecord, in run: RunFacts) throws(Violation) {
    guard let spec = declared.assets[grant.outputs[0].asset]?.step else { return }
    guard grant.inputs.map(\.asset) == spec.dependencies.map(\.upstream) else {
      throw Violation(.pinnedInputs, "step \(grant.step) reads \(grant.inputs.map(\.asset)), not its dependencies")
    }
    for (dependency, input) in zip(spec.dependencies, grant.inputs) {
      let expected = targets(of: dependency, grant.partition, in: run)
      guard input.versions.map(\.partition) == expected.map(\.partition), input.binding == dependency.binding else {
        throw Violation(.validation, "step \(grant.step) reads other partitions of \(dependency.upstream) than it must")
      }
      for (target, version) in zip(expected, input.versions) {
        try observe(VersionRef(target, version.number), dependency, grant, run)
      }
    }
  }

  private func observe(
    _ version: VersionRef, _ dependency: DependencySpec, _ grant: GrantRecord, _ run: RunFacts
  ) throws(Violation) {
    if let bound = run.bound[RunFacts.Bound(target: version.of, policy: dependency.binding)], bound != version.number {
      throw Violation(.pinnedInputs, "step \(grant.step) reads \(version), and its run is bound to v\(bound)")
    }
    guard versions[version]?.fate == .promoted else {
      throw Violation(.validation, "step \(grant.step) reads \(version), which is not promoted")
    }
    switch answer(on: version.of, dependency.binding, in: run) {
    case .open(version.number): return
    case .open(let other): throw Violation(.validation, "step \(grant.step) reads \(version) and must read v\(other)")
    case .mayOpen: throw Violation(.validation, "step \(grant.step) reads \(version), whose gate is not open yet")
    case .closed(let why): throw Violation(.validation, "step \(grant.step) reads \(version), whose gate is closed: \(why)")
    }
  }

  func targets(of dependency: DependencySpec, _ partition: PartitionKey, in run: RunFacts) -> [AssetPartition] {
    switch dependency.mapping {
    case .identity: [AssetPartition(dependency.upstream, partition)]
    case .all:
      (run.all[dependency.upstream] ?? every(dependency, at: at)).map { AssetPartition(dependency.upstream, $0) }
    }
  }

  func every(_ dependency: DependencySpec, at now: Timestamp) -> [PartitionKey] {
    let space = declared.assets[dependency.upstream]?.step.partitions ?? dependency.partitions
    return (0..<space.count(at: now)).map { space.key(at: $0) }
  }

  /// The gate, step by step as the rules put it.
  func answer(on target: AssetPartition, _ policy: BindingPolicy, in run: RunFacts) -> Answer {
    guard let asset = declared.assets[target.asset] else { return .closed("nobody defines it") }
    guard declared.has(target, at: at) else { return .closed("no such partition") }
    let bound = run.bound[RunFacts.Bound(target: target, policy: policy)]
    let isMadeHere = run.plan.kind == .materialize && run.ordinals[target] != nil
    if isMadeHere, bound == nil, run.isPending(target), run.made[target] == nil { return .mayOpen }
    if policy == .lastKnownGood {
      let number = bound ?? facts(target).promoted
      return number > 0 ? .open(number) : shut(target, "nothing was ever promoted", for: run)
    }
    let number: VersionNumber
    if isMadeHere {
      guard let made = run.made[target] else { return .closed("its step in this run made nothing") }
      number = made.number
      if versions[made]?.fate == .rejected { return .closed("v\(number) was rejected in this run") }
    } else {
      number = bound ?? facts(target).newest
    }
    guard number > 0 else { return shut(target, "never materialized", for: run) }
    let version = VersionRef(target, number)
    guard versions[version]?.fate == .promoted else { return shut(target, "v\(number) was rejected", for: run) }
    let missing = asset.blocking.filter { versions[version]?.outcomes[$0] != .passed }
    return missing.isEmpty ? .open(number) : shut(target, "v\(number) has not passed \(missing.map(\.name).sorted())", for: run)
  }

  /// Closed for good, unless a step of another run may still open it.
  private func shut(_ target: AssetPartition, _ why: String, for run: RunFacts) -> Answer {
    for id in unfinished where id != run.plan.id { if runs[id]?.isPending(target) == true { return .mayOpen } }
    return .closed(why)
  }

  // MARK: What it makes

  private func observe(outputsOf grant: GrantRecord) throws(Violation) {
    for output in grant.outputs {
      let target = AssetPartition(output.asset, grant.partition)
      let declaredChecks = declared.assets[output.asset]?.spec.checks ?? []
      guard output.checks == declaredChecks.map({ GrantedCheckSpec(check: $0.identity, severity: $0.severity) }) else {
        throw Violation(.validation, "step \(grant.step) is granted \(target) without all of its checks as declared")
      }
      switch grant.kind {
      case .materialize:
        guard output.number > facts(target).granted else {
          throw Violation(.exactlyOneCommit, "\(target) v\(output.number) is granted after v\(facts(target).granted)")
        }
      case .checksOnly:
        guard versions[VersionRef(target, output.number)]?.fate == .promoted, output.number == facts(target).newest else {
          throw Violation(.validation, "\(target) v\(output.number) is to be checked, and is not its newest promoted version")
        }
      }
    }
  }

  private mutating func record(_ grant: GrantRecord, _ id: AttemptID) {
    attempts[id] = AttemptFacts(grant: grant)
    slotsUsed[grant.location, default: 0] += 1
    runs[grant.step.run]?.attempts[grant.step.ordinal] = grant.attempt
    runs[grant.step.run]?.inFlight[grant.step.ordinal] = id
    runs[grant.step.run]?.notBefore[grant.step.ordinal] = nil
    for output in grant.outputs {
      let target = AssetPartition(output.asset, grant.partition)
      partitions[target, default: PartitionFacts()].holder = id
      guard grant.kind == .materialize else { continue }
      partitions[target]?.granted = output.number
      versions[VersionRef(target, output.number)] = VersionFacts(attempt: id, location: grant.location)
    }
    for input in grant.inputs {
      for version in input.versions {
        let bound = RunFacts.Bound(target: AssetPartition(input.asset, version.partition), policy: input.binding)
        runs[grant.step.run]?.bound[bound] = version.number
      }
    }
  }
}
