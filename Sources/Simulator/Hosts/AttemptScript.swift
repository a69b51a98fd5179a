// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// One thing that an attempt does on its host.
enum HostAct {
  case start
  case log
  /// Every output at once; `mistaken` names other assets than the grant.
  case stage(mistaken: Bool)
  case check(AssetKey, [CheckEvaluation])
  case finish(StepEnd)
}

/// What an attempt will do, drawn when it is granted.
struct AttemptScript {
  var acts: [(after: Duration, act: HostAct)] = []
  var ignoresCancellation = false
  /// How often it contradicts itself.
  private(set) var lies = 0
  /// A check that a host evaluates without having been asked.
  static let unasked = "unasked"

  init(for grant: GrantRecord, _ temper: Temper, _ dice: inout Dice) {
    ignoresCancellation = dice.chance(temper.deaf)
    acts.append((dice.milliseconds(0...2_000), .start))
    if dice.chance(0.2) { acts.append((dice.milliseconds(0...500), .log)) }
    let work = dice.chance(0.9) ? dice.milliseconds(100...40_000) : dice.seconds(1...400)
    switch grant.kind {
    case .checksOnly: addChecks(of: grant, temper, &dice)
    case .materialize: addWork(grant, work, temper, &dice)
    }
    if dice.chance(temper.hanging) { acts = Array(acts.prefix(dice.int(0...(acts.count - 1)))) }
  }

  private mutating func addWork(_ grant: GrantRecord, _ work: Duration, _ temper: Temper, _ dice: inout Dice) {
    if dice.chance(temper.throwing) { return addFailure(after: work, &dice) }
    if dice.chance(temper.mistaken) {
      if dice.chance(0.5) { acts.append((work, .stage(mistaken: true))) }
      return acts.append((work, .finish(.completed)))
    }
    acts.append((work, .stage(mistaken: false)))
    if dice.chance(temper.throwing / 4) { return addFailure(after: work, &dice) }
    addChecks(of: grant, temper, &dice)
  }

  private mutating func addFailure(after work: Duration, _ dice: inout Dice) {
    let kind: StepFailure.Kind = dice.pick([.threw, .threw, .input, .output])
    acts.append((work, .finish(.failed(StepFailure(kind: kind, message: "thrown", isRetryable: dice.chance(0.9))))))
  }

  private mutating func addChecks(of grant: GrantRecord, _ temper: Temper, _ dice: inout Dice) {
    for output in grant.outputs.shuffled(using: &dice) {
      var evaluations: [CheckEvaluation] = []
      for check in output.checks where !dice.chance(temper.forgottenCheck) {
        evaluations.append(
          CheckEvaluation(check: check.check, severity: check.severity, outcome: outcome(temper, &dice)))
      }
      if dice.chance(0.02) {
        evaluations.append(CheckEvaluation(check: CheckIdentity(name: Self.unasked), severity: .block, outcome: .failed))
      }
      if evaluations.count > 1, dice.chance(0.3) {
        acts.append((dice.milliseconds(0...4_000), .check(output.asset, [evaluations.removeFirst()])))
      }
      if dice.chance(temper.lying) { addLies(about: output, &evaluations, &dice) }
      acts.append((dice.milliseconds(0...8_000), .check(output.asset, evaluations)))
    }
    acts.append((dice.milliseconds(0...1_000), .finish(.completed)))
  }

  /// Says something else of each check, in the same report or in one before or behind it.
  private mutating func addLies(about output: GrantedVersion, _ evaluations: inout [CheckEvaluation], _ dice: inout Dice) {
    let others = output.checks.map { check in
      CheckEvaluation(check: check.check, severity: check.severity, outcome: dice.pick([.passed, .passed, .failed, .errored]))
    }
    switch dice.int(0...2) {
    case 0: evaluations += others
    case 1: acts.append((dice.milliseconds(0...4_000), .check(output.asset, others)))
    default:
      acts.append((dice.milliseconds(0...4_000), .check(output.asset, evaluations)))
      evaluations = others
    }
    lies += 1
  }

  private func outcome(_ temper: Temper, _ dice: inout Dice) -> CheckOutcome {
    if dice.chance(temper.failingCheck) { return .failed }
    if dice.chance(temper.erringCheck) { return dice.pick([.errored, .timedOut]) }
    return .passed
  }
}
