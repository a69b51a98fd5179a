// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// What hosts do with what they are told, and what their attempts do in time.
extension Simulation {
  mutating func handle(_ message: ToHost, at name: LocationName) {
    guard let host = hosts[name], host.isUp else { return }
    switch message {
    case .grant(let grant, let epoch): take(grant, epoch, at: name, host)
    case .cancel(let attempt):
      guard hosts[name]?.cancel(attempt) == true else { return }
      queue.add(.stop(name, instance: host.instance, attempt, .cancelled), at: later(dice.milliseconds(0...2_000)))
    case .settle(let version, let decision):
      queue.add(.settle(name, instance: host.instance, version, decision), at: later(dice.milliseconds(0...3_000)))
    }
  }

  /// No grant outlives the instance that it was sent to: sessions see to that.
  mutating func handle(stray message: ToHost, at name: LocationName, instance: Int) {
    if case .grant = message, hosts[name]?.instance != instance { return }
    handle(message, at: name)
  }

  private mutating func take(_ grant: GrantRecord, _ epoch: Epoch, at name: LocationName, _ host: SimulatedHost) {
    let attempt = oracle.attemptID(grant.step, grant.attempt)
    guard !host.knows(attempt) else { return }
    if let refusal = host.refusal(of: grant, epoch: epoch) {
      note("'\(name)' refuses \(attempt): \(refusal)")
      hosts[name]?.refuse(attempt, refusal)
      return report(.finished(attempt, .refused(refusal)), by: name)
    }
    let script = AttemptScript(for: grant, scenario.temper, &dice)
    census.count(script, of: grant)
    hosts[name]?.begin(attempt, grant, script)
    scheduleAct(of: attempt, index: 0, at: name)
    // Its own watchdog: the closure is killed at its deadline, and most of the time the host says so. One that ignores its
    // cancellation lives on for a while, as threads do: what it brings about then comes from a fenced attempt.
    let grace = script.ignoresCancellation ? dice.milliseconds(0...300_000) : dice.milliseconds(0...1_500)
    let left = max(.zero, grant.deadline - (daemon.brain?.core.running ?? oracle.running)) + grace
    let word: StepEnd? = dice.chance(0.7) ? .failed(StepFailure(kind: .timedOut, message: "killed")) : nil
    queue.add(.stop(name, instance: host.instance, attempt, word), at: later(left))
  }

  private mutating func scheduleAct(of attempt: AttemptID, index: Int, at name: LocationName) {
    guard let host = hosts[name], let script = host.attempts[attempt]?.script, index < script.acts.count else { return }
    queue.add(.act(name, instance: host.instance, attempt, index: index), at: later(script.acts[index].after))
  }

  // MARK: Acting

  mutating func act(at name: LocationName, instance: Int, _ attempt: AttemptID, index: Int) throws(Violation) {
    guard let host = hosts[name], host.isUp, host.instance == instance, let running = host.attempts[attempt], !running.isCancelled
    else { return }
    switch running.script.acts[index].act {
    case .start:
      try read(running.grant)
      hosts[name]?.started(attempt)
      report(.started(attempt), by: name)
    case .log:
      let line = LogLine(at: clock, level: .info, message: "working")
      report(.logged(attempt, lines: [line], dropped: 0), by: name)
    case .stage(let isMistaken): stage(attempt, running.grant, isMistaken: isMistaken, at: name)
    case .check(let asset, let evaluations): evaluate(attempt, running.grant, asset, evaluations, at: name)
    case .finish(let end): stop(attempt, at: name, instance: instance, end)
    }
    scheduleAct(of: attempt, index: index + 1, at: name)
  }

  /// Every pinned version must be there, whatever became of newer ones.
  private func read(_ grant: GrantRecord) throws(Violation) {
    for input in grant.inputs {
      for version in input.versions {
        let reference = VersionRef(AssetPartition(input.asset, version.partition), version.number)
        let identity = VersionID(
          incarnation: incarnation, asset: input.asset, partition: version.partition, number: version.number)
        if oracle.versions[reference]?.isInline == true { continue }
        guard let owner = oracle.versions[reference]?.location, let status = hosts[owner]?.disk.versions[identity],
          status != .rejected
        else { throw Violation(.pinnedInputs, "step \(grant.step) cannot read \(reference) where it was staged") }
      }
    }
  }

  private mutating func stage(_ attempt: AttemptID, _ grant: GrantRecord, isMistaken: Bool, at name: LocationName) {
    var outputs = grant.outputs.map { output in
      let place = "/\(output.asset)/\(grant.partition)/v\(output.number)"
      return StagedOutput(
        asset: output.asset,
        locator: hosts[name]?.isInline(output.asset) == true
          ? Locator(scheme: Locator.inlineScheme, uri: "", format: "elsewhere/1")
          : Locator(scheme: "file", uri: place, format: "jsonl/1"))
    }
    if isMistaken {
      outputs.removeLast()
      return report(.staged(attempt, outputs), by: name)
    }
    guard hosts[name]?.stage(attempt, grant) == true else {
      return stop(
        attempt, at: name, instance: hosts[name]?.instance ?? 0,
        .failed(StepFailure(kind: .output, message: "its place is taken, or given up")))
    }
    report(.staged(attempt, outputs), by: name)
  }

  private mutating func evaluate(
    _ attempt: AttemptID, _ grant: GrantRecord, _ asset: AssetKey, _ drawn: [CheckEvaluation], at name: LocationName
  ) {
    guard let output = grant.outputs.first(where: { $0.asset == asset }), let host = hosts[name] else { return }
    var evaluations = drawn
    if host.disk.versions[host.version(output, of: grant)] == nil, !host.isInline(asset) {
      evaluations = drawn.map { CheckEvaluation(check: $0.check, severity: $0.severity, outcome: .errored) }
    }
    hosts[name]?.evaluated(attempt, asset, evaluations)
    report(.checked(attempt, asset: asset, evaluations), by: name)
  }

  mutating func stop(_ attempt: AttemptID, at name: LocationName, instance: Int, _ end: StepEnd?) {
    guard let host = hosts[name], host.isUp, host.instance == instance, host.attempts[attempt] != nil else { return }
    hosts[name]?.finish(attempt, end)
    if let end { report(.finished(attempt, end), by: name) }
  }

  mutating func settle(
    _ version: VersionID, _ decision: Settlement.Decision, at name: LocationName, instance: Int
  ) throws(Violation) {
    guard let host = hosts[name], host.isUp, host.instance == instance else { return }
    if !areFaultsOver, dice.chance(scenario.temper.refusingStorage) {
      census.count(.storageRefusal)
      return say(.settlementFailed(version), by: name)
    }
    try hosts[name]?.settle(version, decision)
    let target = AssetPartition(version.asset, version.partition)
    let current = hosts[name]?.disk.current[target] ?? 0
    guard current <= oracle.facts(target).current else {
      throw Violation(.lastKnownGood, "\(target) v\(current) is readable as current, ahead of the journal")
    }
    say(.settled(version), by: name)
    if !areFaultsOver, dice.chance(scenario.temper.stray) {
      queue.add(.strayToDaemon(.settled(name, version)), at: later(strayDelay()))
    }
  }
}
