// SPDX-License-Identifier: Apache-2.0

import Simulator

/// What people read at the end.
enum Summary {
  /// How many lines of a trace are shown, from its end.
  private static let traceLines = 400

  static func text(of total: Census, faults: Set<FaultKind>, showsCensus: Bool) -> String {
    var lines = ["\(total.seeds) seeds, \(total.events) events, \(total.faults.values.reduce(0, +)) faults injected"]
    for kind in FaultKind.allCases.sorted() {
      let count = faults.contains(kind) ? "\(total.faults[kind] ?? 0)" : "left out"
      lines.append("  \(kind.rawValue): \(count)")
    }
    if showsCensus {
      lines.append("seen:")
      lines += total.seen.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
    }
    return lines.joined(separator: "\n")
  }

  static func text(of explanation: Explanation) -> String {
    let shown = explanation.trace.suffix(traceLines)
    return """

      seed \(explanation.seed): \(explanation.original)
      cut down in \(explanation.tries) tries to \(explanation.actionCount) actions and \(explanation.stepCount) steps: \
      \(explanation.violation)
      \(explanation.trace.count > shown.count ? "… (\(explanation.trace.count - shown.count) lines before)\n" : "")\
      \(shown.joined(separator: "\n"))
      """
  }
}
