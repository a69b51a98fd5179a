// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Evaluates checks, each within its own timeout and by its own retry policy.
package struct CheckEvaluator: Sendable {
  package enum End: Sendable {
    case evaluated(CheckEvaluation)
    /// The attempt's deadline came before the check's end.
    case pastDeadline
    case cancelled
  }

  private let deadline: SuspendingClock.Instant
  private let isKept: Bool
  private let executor: (any TaskExecutor)?
  private let context: @Sendable () -> Step

  /// - Parameters:
  ///   - deadline: of the attempt; no check goes on past it.
  ///   - isKept: whether the caller gets back at that deadline by itself, so that a check which may take longer needs no watch.
  ///   - context: what one evaluation gets as its step.
  package init(
    deadline: SuspendingClock.Instant, isKept: Bool = false, executor: (any TaskExecutor)?,
    context: @escaping @Sendable () -> Step
  ) {
    self.deadline = deadline
    self.isKept = isKept
    self.executor = executor
    self.context = context
  }

  /// Evaluates a check; one that throws or times out is repeated by its policy, one that fails is not (semantics 3).
  package func evaluate(_ check: CheckDeclaration, on value: any Sendable) async -> End {
    let policy = check.spec.retry
    for attempt in 1... {
      let (outcome, result) = await once(check, on: value)
      guard let outcome else { return Task.isCancelled ? .cancelled : .pastDeadline }
      let mayRepeat = (outcome == .errored || outcome == .timedOut) && attempt < policy.maxAttempts
      if !mayRepeat { return .evaluated(check.evaluation(outcome, result)) }
      let delay = policy.delay(afterAttempt: attempt, random: Double.random(in: 0..<1))
      if .now + delay >= deadline { return .evaluated(check.evaluation(outcome, result)) }
      // Only the last one's outcome is reported: what came before stays in the log.
      context().log.warning(
        "check '\(check.spec.name)', attempt \(attempt): \(result.message ?? outcome.rawValue); it is tried again")
      if (try? await Task.sleep(for: delay)) == nil { return .cancelled }
    }
    return .pastDeadline
  }

  /// One evaluation; no outcome when the attempt itself ends.
  private func once(_ check: CheckDeclaration, on value: any Sendable) async -> (CheckOutcome?, CheckResult) {
    let ownDeadline = SuspendingClock.now + min(check.spec.timeout, .seconds(86_400 * 3_650))
    let step = context()
    let end =
      isKept && deadline <= ownDeadline
      ? await direct { try await check.evaluate(value, step) }
      : await TeamCall(deadline: min(deadline, ownDeadline), executor: executor).run { try await check.evaluate(value, step) }
    let said = step.metadata.all(of: "")
    switch end {
    case .returned(let result):
      return (
        result.passed ? .passed : .failed,
        CheckResult(passed: result.passed, message: result.message, metadata: said.merging(result.metadata) { $1 })
      )
    case .threw(let error): return (.errored, .fail(ErrorText.of(error), said))
    case .timedOut where ownDeadline <= deadline:
      return (
        .timedOut,
        .fail("took longer than its timeout of \(check.spec.timeout.words); the check's 'timeout:' allows it more", said)
      )
    case .timedOut, .cancelled: return (nil, .pass)
    }
  }

  /// A call that nobody watches but the caller.
  private func direct<Value: Sendable>(_ body: () async throws -> Value) async -> TeamCallEnd<Value> {
    let end: TeamCallEnd<Value>
    do { end = .returned(try await body()) } catch { end = .threw(error) }
    return Task.isCancelled ? .cancelled : end
  }
}

extension CheckDeclaration {
  fileprivate func evaluation(_ outcome: CheckOutcome, _ result: CheckResult) -> CheckEvaluation {
    CheckEvaluation(
      check: spec.identity, severity: spec.severity, outcome: outcome,
      message: result.message?.bounded(to: Limits.messageLength), metadata: result.metadata.bounded().kept)
  }
}
