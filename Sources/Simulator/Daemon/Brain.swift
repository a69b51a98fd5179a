// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// A way to break the core on purpose, so that it is seen that a simulation can fail.
package enum Sabotage: String, CaseIterable, Sendable {
  /// The gate ignores one blocking check of each location.
  case gateIgnoresACheck
  /// Reports of fenced attempts count as those of the attempt in flight.
  case fenceAcceptsLateAttempts
}

/// The real core, or one that is broken on purpose: what it hides from the core it puts back into the journal.
struct Brain {
  private(set) var core: Core
  private let sabotage: Sabotage?
  private let incarnation: Incarnation
  private var ignored: [AssetKey: CheckIdentity] = [:]

  init(_ state: State, policy: CorePolicy, sabotage: Sabotage?) {
    core = Core(state, policy: policy)
    incarnation = state.incarnation
    self.sabotage = sabotage
  }

  mutating func decide(_ command: Command, at reading: ClockReading) -> Decision {
    switch sabotage {
    case nil: return core.decide(command, at: reading)
    case .gateIgnoresACheck: return restore(core.decide(hidingACheck(in: command), at: reading))
    case .fenceAcceptsLateAttempts: return core.decide(forgingAttempts(in: command), at: reading)
    }
  }

  // MARK: A gate that ignores a check

  private mutating func hidingACheck(in command: Command) -> Command {
    guard case .manifestReceived(let location, let digest, let manifest, _) = command else { return command }
    var steps = manifest.steps
    for index in steps.indices {
      guard let output = steps[index].outputs.first, let check = output.checks.first(where: { $0.severity == .block }) else {
        continue
      }
      ignored[output.key] = check.identity
      let checks = output.checks.map { $0 == check ? CheckSpec(name: $0.name, version: $0.version, severity: .warn) : $0 }
      steps[index] = steps[index].yielding([output.checked(by: checks)] + steps[index].outputs.dropFirst())
      break
    }
    return .manifestReceived(
      location, digest, Manifest(location: manifest.location, steps: steps, schedules: manifest.schedules))
  }

  private func restore(_ decision: Decision) -> Decision {
    let events = decision.events.map { stamped in
      guard case .stepGranted(let grant) = stamped.event else { return stamped }
      return StampedEvent(at: stamped.at, event: .stepGranted(restore(grant)))
    }
    let effects = decision.effects.map { effect in
      if case .grant(let grant, let trace) = effect { Effect.grant(restore(grant), trace: trace) } else { effect }
    }
    return Decision(events: events, effects: effects, reply: decision.reply)
  }

  private func restore(_ grant: GrantRecord) -> GrantRecord {
    let outputs = grant.outputs.map { output in
      GrantedVersion(
        asset: output.asset, number: output.number,
        checks: output.checks.map {
          GrantedCheckSpec(check: $0.check, severity: ignored[output.asset] == $0.check ? .block : $0.severity)
        })
    }
    return GrantRecord(
      step: grant.step, attempt: grant.attempt, location: grant.location, manifest: grant.manifest, stepName: grant.stepName,
      partition: grant.partition, deadline: grant.deadline, kind: grant.kind, inputs: grant.inputs, outputs: outputs)
  }

  // MARK: A fence that lets late attempts pass

  private func forgingAttempts(in command: Command) -> Command {
    guard case .reports(let location, let reports) = command else { return command }
    return .reports(location, reports.map(forge))
  }

  private func forge(_ report: StepReport) -> StepReport {
    let step = report.attempt.step
    guard let active = core.state.runs[step.run]?.active[step.ordinal], active.grant.attempt != report.attempt.number
    else { return report }
    let forged = AttemptID(incarnation: incarnation, step: step, number: active.grant.attempt)
    switch report {
    case .started: return .started(forged)
    case .logged(_, let lines, let dropped): return .logged(forged, lines: lines, dropped: dropped)
    case .staged(_, let outputs): return .staged(forged, outputs)
    case .checked(_, let asset, let evaluations): return .checked(forged, asset: asset, evaluations)
    case .finished(_, let end): return .finished(forged, end)
    }
  }
}
