// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Runs, the ends of their steps, and schedules.
extension Oracle {
  mutating func launch(_ plan: RunPlan) throws(Violation) {
    guard runs[plan.id] == nil else { throw Violation(.oneRunPerKey, "run \(plan.id) is launched twice") }
    if let key = plan.clientKey, let other = keys.updateValue(plan.id, forKey: key) {
      throw Violation(.oneRunPerKey, "runs \(other) and \(plan.id) have one client key")
    }
    var instant = wall
    if case .schedule(let id, let tick) = plan.origin {
      instant = tick
      guard plan.nodes.allSatisfy({ $0.location == id.location }) else {
        throw Violation(.ownership, "schedule \(id) launched steps of another location")
      }
    }
    var all: [AssetKey: [PartitionKey]] = [:]
    for node in plan.nodes {
      for output in node.outputs {
        guard let asset = declared.assets[output], asset.location == node.location, asset.step.name == node.step else {
          throw Violation(.ownership, "run \(plan.id) plans \(output) for '\(node.location)', which does not define it")
        }
        for dependency in asset.step.dependencies where plan.kind == .materialize && dependency.mapping == .all {
          all[dependency.upstream] = every(dependency, at: instant)
        }
      }
    }
    runs[plan.id] = RunFacts(plan: plan, all: all)
    unfinished.insert(plan.id)
  }

  mutating func finish(_ step: StepID, _ outcome: StepOutcome) throws(Violation) {
    guard let run = runs[step.run], run.outcomes[step.ordinal] == nil, run.inFlight[step.ordinal] == nil else {
      throw Violation(.lifeOfAStep, "step \(step) ends twice, or while an attempt is in flight")
    }
    let fates = run.targets[step.ordinal].map { run.made[$0].flatMap { versions[$0]?.fate } }
    let isCheckOnly = run.plan.kind == .checksOnly
    switch outcome {
    case .succeeded where !isCheckOnly && fates.contains { $0 != .promoted }:
      throw Violation(.lifeOfAStep, "step \(step) succeeded, and not all of its outputs are promoted")
    case .rejected where !isCheckOnly && !fates.contains(.rejected):
      throw Violation(.lifeOfAStep, "step \(step) is rejected, and none of its outputs is")
    case .failed, .cancelled, .blocked:
      guard run.committed[step.ordinal] == nil else {
        throw Violation(.exactlyOneCommit, "step \(step) ended \(outcome.kind) after it had committed")
      }
    default: break
    }
    if case .blocked = outcome { try honest(step, run) }
    if case .cancelled = outcome, !run.cancelRequested {
      throw Violation(.lifeOfAStep, "step \(step) is cancelled, and nobody asked for it")
    }
    runs[step.run]?.outcomes[step.ordinal] = outcome.kind
  }

  /// At least one gate must be closed for good.
  private func honest(_ step: StepID, _ run: RunFacts) throws(Violation) {
    let target = run.targets[step.ordinal][0]
    if run.plan.kind == .checksOnly {
      let newest = facts(target).newest
      guard newest == 0 || versions[VersionRef(target, newest)]?.fate != .promoted else {
        throw Violation(.honestBlocking, "check-only step \(step) is blocked, and \(target) v\(newest) is promoted")
      }
      return
    }
    for dependency in declared.assets[target.asset]?.step.dependencies ?? [] {
      for upstream in targets(of: dependency, target.partition, in: run) {
        if case .closed = answer(on: upstream, dependency.binding, in: run) { return }
      }
    }
    throw Violation(.honestBlocking, "step \(step) of \(target) is blocked, and no gate upstream is closed for good")
  }

  mutating func finish(_ id: RunID, _ outcome: RunOutcome) throws(Violation) {
    guard let run = runs[id], !run.isFinished, run.outcomes.count == run.targets.count else {
      throw Violation(.runOutcome, "run \(id) ends twice, or before its steps")
    }
    let kinds = Set(run.outcomes.values)
    let worst: RunOutcome =
      if kinds.contains(.failed) || kinds.contains(.rejected) { .failed } else if kinds.contains(.cancelled) {
        .cancelled
      } else if kinds.contains(.blocked) { .blocked } else { .succeeded }
    guard outcome == worst else { throw Violation(.runOutcome, "run \(id) ended \(outcome), and its steps say \(worst)") }
    runs[id]?.isFinished = true
    unfinished.remove(id)
  }

  /// A pause counts from now, in running time.
  mutating func observe(retry step: StepID, _ notBefore: Timestamp) throws(Violation) {
    runs[step.run]?.notBefore[step.ordinal] = notBefore
    let asset = runs[step.run]?.targets[step.ordinal].first?.asset
    guard let spec = asset.flatMap({ declared.assets[$0] })?.step else { return }
    let (pause, longest) = (notBefore - running, max(spec.retry.maxDelay, CorePolicy().refusalDelayLimit))
    guard pause > .zero - Self.grain, pause < longest + Self.grain else {
      throw Violation(.progress, "step \(step) is tried again after \(pause), and \(longest) is the longest pause")
    }
  }

  /// How exactly the journal tells running time.
  static let grain: Duration = .milliseconds(2)

  // MARK: Schedules

  mutating func observe(tick: Timestamp, of id: ScheduleID, skipped: Int, _ run: RunID?) throws(Violation) {
    guard let spec = manifests[id.location]?.schedules.first(where: { $0.name == id.name }), let cursor = cursors[id],
      !paused.contains(id)
    else { throw Violation(.ticksOnce, "\(id) ticks, and is not in force") }
    let missed = missedTicks(of: spec, id, after: cursor, through: wall)
    guard missed.last == tick, skipped == missed.count - 1 else {
      throw Violation(.ticksOnce, "\(id) ticks for \(tick) skipping \(skipped) at \(wall); due since \(cursor): \(missed)")
    }
    cursors[id] = tick
    ticked[id, default: []].insert(tick)
    if let run { expectedRun = (run, id, tick) }
  }

  private func missedTicks(
    of spec: ScheduleSpec, _ id: ScheduleID, after cursor: Timestamp, through end: Timestamp
  ) -> [Timestamp] {
    var missed: [Timestamp] = []
    var next = spec.cron.next(after: cursor, in: spec.zone)
    while next <= end {
      if ticked[id]?.contains(next) != true { missed.append(next) }
      next = spec.cron.next(after: next, in: spec.zone)
    }
    return missed
  }

  /// A tick that is due at an instant of the wall clock, or at the last event's, and has not happened.
  func missedTick(at instant: Timestamp? = nil) -> String? {
    let end = instant ?? wall
    for (location, manifest) in manifests.sorted(by: { $0.key < $1.key }) {
      for spec in manifest.schedules {
        let id = ScheduleID(location: location, name: spec.name)
        guard let cursor = cursors[id], !paused.contains(id) else { continue }
        if let next = missedTicks(of: spec, id, after: cursor, through: end).first {
          return "\(id) missed \(next), and it is \(end)"
        }
      }
    }
    return nil
  }
}
