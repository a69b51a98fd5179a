// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Bounds on what one query of a ``History`` reads of what locations wrote.
package enum HistoryLimits {
  /// Checks of one version whose newest evaluation is read: those evaluated last.
  package static let checks = 1_000
  /// Bytes of messages and metadata, as they are stored; what goes beyond them is left out.
  package static let detailBytes = 8 << 20
}

/// How many bytes of messages and metadata may still be read, or shown.
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

extension CheckEvaluation {
  /// About how many bytes its message and metadata take.
  package var detailBytes: Int { (message?.utf8.count ?? 0) + metadata.detailBytes }
}

extension Metadata {
  /// About how many bytes it takes in memory, and in the journal.
  package var detailBytes: Int { reduce(0) { $0 + $1.key.utf8.count + $1.value.detailBytes } }
}

extension MetadataValue {
  fileprivate var detailBytes: Int {
    switch self {
    case .int, .float, .timestamp: 16
    case .text(let text), .url(let text), .path(let text), .json(let text), .markdown(let text): 16 + text.utf8.count
    case .table(let table): table.rows.reduce(16 + Self.bytes(table.columns)) { $0 + Self.bytes($1) }
    case .items(let values): values.reduce(16) { $0 + $1.detailBytes }
    }
  }

  private static func bytes(_ cells: [String]) -> Int { cells.reduce(8) { $0 + 8 + $1.utf8.count } }
}
