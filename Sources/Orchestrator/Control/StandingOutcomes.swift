// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Which outcome of each check stands on one version (semantics 3).
///
/// | what stands | a further outcome |
/// | --- | --- |
/// | nothing | stands |
/// | passed or failed | the same changes nothing; another is a contradiction |
/// | errored or timed out | stands, as long as the check's retry policy allows another evaluation; then it is a contradiction |
/// | failed, of an earlier attempt at the same version | a pass is a contradiction, and the failure is recorded again |
struct StandingOutcomes {
  /// What is to be recorded, in the order in which it came.
  private(set) var taken: [CheckEvaluation] = []
  /// What contradicts what stands, in words.
  private(set) var contradictions: [String] = []

  private let version: VersionRef
  private let granted: [CheckIdentity: CheckSeverity]
  /// How often each check may be evaluated in one attempt.
  private let attempts: [CheckIdentity: Int]
  private let failedBefore: Set<CheckIdentity>
  private var outcomes: [CheckIdentity: CheckOutcome]
  /// How often each check that did not come to a final outcome was evaluated in this attempt.
  private(set) var unfinished: [CheckIdentity: Int]

  init(
    of output: GrantedVersion, _ active: ActiveAttempt, _ state: State, _ version: VersionRef, unfinished: [CheckIdentity: Int]
  ) {
    self.version = version
    self.unfinished = unfinished
    granted = Dictionary(output.checks.map { ($0.check, $0.severity) }) { first, _ in first }
    let declared = state.graph.assets[output.asset]?.checks ?? []
    attempts = Dictionary(declared.map { ($0.identity, $0.retry.maxAttempts) }) { first, _ in first }
    outcomes = active.evaluated[output.asset] ?? [:]
    let entry = state.entry(version.of)
    failedBefore =
      active.grant.kind == .checksOnly && entry.promoted == version.number ? state.checkSets[entry.failed] : []
  }

  /// Takes an outcome; the severity that counts is the grant's, and a check that was not granted decides nothing.
  mutating func take(_ evaluation: CheckEvaluation) {
    guard let severity = granted[evaluation.check] else { return }
    let outcome = evaluation.outcome
    switch outcomes[evaluation.check] {
    case nil where outcome == .passed && failedBefore.contains(evaluation.check):
      let message = "reported as passed; it failed on this version before, and that stands"
      contradictions.append("check '\(evaluation.check)' on \(version): \(message)")
      record(CheckEvaluation(check: evaluation.check, severity: severity, outcome: .failed, message: message))
    case nil: record(evaluation.with(severity))
    case outcome? where outcome.isFinal: break
    case let standing? where !standing.isFinal && unfinished[evaluation.check] ?? 0 < attempts[evaluation.check] ?? 1:
      record(evaluation.with(severity))
    case let standing?:
      contradictions.append(
        "check '\(evaluation.check)' on \(version): reported as \(outcome.rawValue) after \(standing.rawValue), which stands")
    }
  }

  private mutating func record(_ evaluation: CheckEvaluation) {
    outcomes[evaluation.check] = evaluation.outcome
    if !evaluation.outcome.isFinal { unfinished[evaluation.check, default: 0] += 1 }
    taken.append(evaluation)
  }
}

extension CheckOutcome {
  /// Whether no later evaluation on the same version replaces it.
  var isFinal: Bool { self == .passed || self == .failed }
}

extension CheckEvaluation {
  fileprivate func with(_ severity: CheckSeverity) -> CheckEvaluation {
    CheckEvaluation(check: check, severity: severity, outcome: outcome, message: message, metadata: metadata)
  }
}
