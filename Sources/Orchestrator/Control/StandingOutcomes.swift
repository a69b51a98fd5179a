// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Which outcome of each check stands on one version of an attempt in flight (semantics 3).
///
/// | what stands | a further outcome |
/// | --- | --- |
/// | nothing | stands |
/// | passed or failed | the same changes nothing; another is a contradiction |
/// | errored or timed out | stands, as long as the check's retry policy allows another evaluation; then it is a contradiction |
/// | failed, of an earlier attempt at the same version | a pass is a contradiction, and the failure is recorded again |
struct StandingOutcomes: Sendable {
  private struct Standing {
    let severity: CheckSeverity
    var outcome: CheckOutcome?
    /// How many evaluations may still come to no final outcome and be replaced.
    var tries: Int
  }

  /// What of a report is to be recorded, in the order in which it came, and what contradicts what stands, in words.
  struct Taken {
    let version: VersionRef
    var evaluations: [CheckEvaluation] = []
    var contradictions: [String] = []
  }

  private let version: VersionRef
  private var checks = ShortTable<CheckIdentity, Standing>()
  private let failedBefore: Set<CheckIdentity>
  /// How many of the granted checks have no final outcome.
  private(set) var outstanding: Int

  /// - Parameter tries: how often each check may be evaluated in one attempt; once for those that it does not name.
  init(_ output: GrantedVersion, of active: ActiveAttempt, tries: [CheckIdentity: Int], _ state: State) {
    version = VersionRef(AssetPartition(output.asset, active.grant.partition), output.number)
    let evaluated = active.evaluated[output.asset] ?? [:]
    outstanding = 0
    for granted in output.checks where checks[granted.check] == nil {
      // How often one that stands without a final outcome was evaluated is not known: it counts as spent.
      let outcome = evaluated[granted.check]
      checks[granted.check] = Standing(
        severity: granted.severity, outcome: outcome, tries: outcome == nil ? tries[granted.check] ?? 1 : 0)
      if outcome?.isFinal != true { outstanding += 1 }
    }
    failedBefore = active.grant.kind == .checksOnly ? state.failures(on: version) : []
  }

  /// Takes outcomes; the severity that counts is the grant's, and a check that was not granted decides nothing.
  mutating func take(_ evaluations: [CheckEvaluation]) -> Taken {
    var taken = Taken(version: version)
    for evaluation in evaluations { take(evaluation, &taken) }
    return taken
  }

  private mutating func take(_ evaluation: CheckEvaluation, _ taken: inout Taken) {
    guard let standing = checks[evaluation.check] else { return }
    let outcome = evaluation.outcome
    switch standing.outcome {
    case nil where outcome == .passed && failedBefore.contains(evaluation.check):
      let message = "reported as passed; it failed on this version before, and that stands"
      taken.contradictions.append("check '\(evaluation.check)' on \(version): \(message)")
      record(
        CheckEvaluation(check: evaluation.check, severity: standing.severity, outcome: .failed, message: message), &taken)
    case nil: record(evaluation.with(standing.severity), &taken)
    case outcome? where outcome.isFinal: break
    case let before? where !before.isFinal && standing.tries > 0: record(evaluation.with(standing.severity), &taken)
    case let before?:
      taken.contradictions.append(
        "check '\(evaluation.check)' on \(version): reported as \(outcome.rawValue) after \(before.rawValue), which stands")
    }
  }

  private mutating func record(_ evaluation: CheckEvaluation, _ taken: inout Taken) {
    guard var standing = checks[evaluation.check] else { return }
    standing.outcome = evaluation.outcome
    if evaluation.outcome.isFinal { outstanding -= 1 } else { standing.tries -= 1 }
    checks[evaluation.check] = standing
    taken.evaluations.append(evaluation)
  }
}

extension State {
  /// The checks that have failed on a version, as far as it is the promoted one.
  fileprivate func failures(on version: VersionRef) -> Set<CheckIdentity> {
    let entry = entry(version.of)
    return entry.promoted == version.number ? checkSets[entry.failed] : []
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
