// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// How often everything was seen, so that a simulation that tries nothing is found out.
package struct Census: Sendable {
  package var seeds = 0
  package var events = 0
  package private(set) var faults: [FaultKind: Int] = [:]
  /// By name: `event.promoted`, `effect.grant`, `outcome.blocked`, …
  package private(set) var seen: [String: Int] = [:]

  package init() {}

  package mutating func add(_ other: Census) {
    seeds += other.seeds
    events += other.events
    faults.merge(other.faults, uniquingKeysWith: +)
    seen.merge(other.seen, uniquingKeysWith: +)
  }

  mutating func count(_ fault: FaultKind) { faults[fault, default: 0] += 1 }
  private mutating func see(_ name: String) { seen[name, default: 0] += 1 }

  mutating func count(_ event: Event) {
    see("event.\(event.name)")
    switch event {
    case .stepFinished(_, let outcome):
      see("outcome.\(outcome.kind)")
      if case .failed(let failure) = outcome { see("failure.\(failure.kind)") }
      if case .blocked(let reasons) = outcome { for reason in reasons { see("reason.\(reason.name)") } }
    case .runFinished(_, let outcome): see("run.\(outcome)")
    case .attemptEnded(_, _, let end, _): see("end.\(end.name)")
    default: break
    }
  }

  mutating func count(_ effect: Effect) {
    switch effect {
    case .grant: see("effect.grant")
    case .cancel: see("effect.cancel")
    case .settle(_, _, let decision): see("effect.settle.\(decision)")
    case .settleFromHistory: see("effect.settleFromHistory")
    }
  }

  mutating func count(_ reply: Reply) {
    switch reply {
    case .done, .taken: see("reply.done")
    case .launched(let receipt): see(receipt.isRepeat ? "reply.repeated" : "reply.launched")
    case .refused(let error): see("reply.refused.\(error.code)")
    }
  }

  /// A batch was decided while another was being appended; or was lost, since the daemon stopped before it could be appended.
  mutating func countDecidedAhead(isLost: Bool) { see(isLost ? "batch.lostAhead" : "batch.decidedAhead") }

  /// What a script of a host amounts to, where it misbehaves.
  mutating func count(_ script: AttemptScript, of grant: GrantRecord) {
    var finishes = false
    if script.lies > 0 { count(.lyingHost) }
    for (_, act) in script.acts {
      switch act {
      case .finish(.failed):
        count(.stepMisbehaviour)
        finishes = true
      case .finish: finishes = true
      case .stage(mistaken: true): count(.stepMisbehaviour)
      case .check(_, let evaluations):
        for evaluation in evaluations where evaluation.outcome != .passed && evaluation.check.name != AttemptScript.unasked {
          count(.checkMisbehaviour)
        }
      default: break
      }
    }
    if !finishes { count(.stepMisbehaviour) }
  }

  /// What a full run of the simulator must have seen at least once.
  package static let expected: [String] =
    Event.names.map { "event.\($0)" } + StepOutcome.Kind.allCases.map { "outcome.\($0)" }
    + RunOutcome.allCases.map { "run.\($0)" }
    + ["grant", "cancel", "settle.promote", "settle.reject", "settle.discard", "settleFromHistory"].map { "effect.\($0)" }
    + ["decidedAhead", "lostAhead"].map { "batch.\($0)" }
    + ["completed", "failed", "cancelled", "lost", "refused"].map { "end.\($0)" }

  /// What of it was not seen.
  package var missing: [String] { Self.expected.filter { seen[$0] == nil } }
}
