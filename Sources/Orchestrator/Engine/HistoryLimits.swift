// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Bounds on what one query of a ``History`` reads of what locations wrote.
package enum HistoryLimits {
  /// Checks of one version whose newest evaluation is read: those evaluated last.
  package static let checks = 1_000
  /// Attempts of one step whose ends are read: the last ones.
  package static let attempts = 20
  /// Bytes of messages, metadata and inputs, as they are stored; what goes beyond them is left out.
  package static let detailBytes = 8 << 20
  /// Runs that one question with a filter looks at; it says where it has stopped.
  package static let runsLookedAt = 100_000
  /// Bytes of plans that one question about the steps of runs reads; it says where it has stopped.
  package static let planBytes = 32 << 20
  /// Versions whose places the engine's loop waits for in one batch; of more they are read beside it.
  package static let placesOnLoop = 256
  /// Versions whose places are read at once, before others' queries take their turn.
  package static let placesAtOnce = 500
  /// Versions of one grant, or one settlement, that the loop looks up in memory; of more all are read.
  package static let placesLookedUp = 4_096
}

/// How many bytes of messages, metadata and inputs may still be read, or shown.
package struct DetailBudget: Sendable {
  private var left: Int

  package init(_ bytes: Int = HistoryLimits.detailBytes) { left = bytes }

  /// Takes bytes; once they went beyond the budget, nothing fits any more.
  package mutating func take(_ bytes: Int) -> Bool {
    let (rest, overflow) = left.subtractingReportingOverflow(bytes)
    left = overflow ? .min : rest
    return left >= 0
  }
}

extension EvaluationRecord {
  /// The record without what the check says, which is too much beside the others.
  package var withoutDetail: EvaluationRecord {
    var record = self
    let (check, said) = (evaluation.check, "what this check says is left out: the checks say too much together")
    record.evaluation = CheckEvaluation(check: check, severity: evaluation.severity, outcome: evaluation.outcome, message: said)
    return record
  }
}
