// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// How much of what attempts say beside their log is journaled: metadata, and messages of checks and failures.
///
/// Beyond an attempt's share, or its location's of the day, outcomes are kept, and of what is said the beginning. It is no state: after
/// a restart a location has its share anew.
package struct DetailQuotas: Sendable {
  private var attempts: [StepAttempt: Int] = [:]
  private var days = PeriodUse.daily

  package init() {}

  /// Takes bytes of an attempt's and a day's share, where both have as many.
  mutating func take(
    _ bytes: Int, of attempt: StepAttempt, at location: LocationName, _ share: DetailShare, now: Timestamp
  ) -> Bool {
    let said = attempts[attempt] ?? 0
    guard bytes <= share.step - said, days.take(bytes, of: location, within: share.day, at: now) else { return false }
    attempts[attempt] = said + bytes
    return true
  }

  mutating func end(_ attempt: StepAttempt) { if !attempts.isEmpty { attempts[attempt] = nil } }

  /// What is kept of a location of today.
  func bytes(of location: LocationName, at now: Timestamp) -> Int { days.amount(of: location, at: now) }
}

/// The bounds that a location's details are kept within, in bytes.
struct DetailShare: Hashable, Sendable {
  let step: Int
  let day: Int

  init(_ policy: CorePolicy, _ quotas: LocationQuotas?) {
    step = quotas?.detailBytesPerStep ?? policy.detailBytesPerStep
    day = quotas?.detailBytesPerDay ?? policy.detailBytesPerDay
  }
}

extension Core {
  /// What stands in place of what goes beyond a share.
  private static let leftOut = "(left out: its location has said more than detailBytesPerStep or detailBytesPerDay allows)"

  /// Outputs as they are journaled.
  mutating func withinShare(_ outputs: [StagedOutput], _ grant: GrantRecord) -> [StagedOutput] {
    outputs.map { output in
      if mayKeep(output.metadata.detailBytes, of: grant) { return output }
      return StagedOutput(asset: output.asset, locator: output.locator, metadata: ["left out": .text(Self.leftOut)])
    }
  }

  /// Evaluations as they are journaled: check, severity and outcome are kept in any case.
  mutating func withinShare(_ evaluations: [CheckEvaluation], _ grant: GrantRecord) -> [CheckEvaluation] {
    evaluations.map { evaluation in
      if mayKeep(evaluation.detailBytes, of: grant) { return evaluation }
      return CheckEvaluation(
        check: evaluation.check, severity: evaluation.severity, outcome: evaluation.outcome,
        message: beginning(of: evaluation.message ?? ""))
    }
  }

  /// A failure as it is journaled: twice, where the step ends with it.
  mutating func withinShare(_ failure: StepFailure, _ grant: GrantRecord) -> StepFailure {
    let bytes = failure.message.utf8.count
    if bytes <= policy.detailBytesBeyond || mayKeep(2 * bytes, of: grant) { return failure }
    return StepFailure(kind: failure.kind, message: beginning(of: failure.message), isRetryable: failure.isRetryable)
  }

  private func beginning(of message: String) -> String {
    let beginning = message.cut(toBytes: policy.detailBytesBeyond, mark: "…")
    return beginning.isEmpty ? Self.leftOut : "\(beginning) \(Self.leftOut)"
  }

  private mutating func mayKeep(_ bytes: Int, of grant: GrantRecord) -> Bool {
    guard bytes > 0 else { return true }
    let attempt = StepAttempt(step: grant.step, number: grant.attempt)
    let share = DetailShare(policy, state.locations[grant.location]?.definition?.quotas)
    if details.take(bytes, of: attempt, at: grant.location, share, now: running) { return true }
    tallies[grant.location, default: LocationTally()].count(.detail)
    return false
  }
}
