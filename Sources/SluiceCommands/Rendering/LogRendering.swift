// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI

/// What steps have logged as people read it.
package enum LogRendering {
  /// A line of a log; the further lines of a text stand below its first.
  ///
  /// - Parameter isAlone: whether nothing but one step's lines is shown, so that they need not say whose they are.
  package static func line(_ entry: LogEntry, isAlone: Bool, style: Style) -> Shown {
    let time: Shown = "\(entry.at.description.prefix(23).replacing("T", with: " "))Z"
    let level = style(tone(entry.level), entry.level.shown.padded(to: 7))
    let name = WhyRendering.name(entry.asset ?? "step \(entry.step)", entry.partition ?? "")
    let attempt: Shown = entry.attempt > 1 ? style(.faint, " attempt \(entry.attempt)") : ""
    let head = style(.faint, time) + "  " + level + "  " + (isAlone ? "" : "\(name)\(attempt)  ")
    let lines = Shown.lines(entry.message)
    return head + lines.joined(separator: "\n" + Shown.spaces(24 + 2 + 7 + 2))
  }

  /// How an attempt ended that did not complete its step.
  package static func end(_ attempt: AttemptSummary, style: Style) -> [Shown] {
    let took: Shown =
      attempt.startedAt.map { " after \(ProgressLine.short(attempt.endedAt.timestamp - $0.timestamp))" } ?? ""
    let tone: Tone = attempt.state == "failed" ? .bad : .warning
    let head = style(.strong, "attempt \(attempt.number)") + " " + style(tone, attempt.state.shown) + style(.faint, took)
    return [head] + WhyRendering.message(attempt.message).map { "  " + $0 }
  }

  /// Attempts in their order; those in a row that ended alike are told once.
  package static func ends(_ attempts: [AttemptSummary], style: Style) -> [Shown] {
    var lines: [Shown] = []
    var rest = attempts[...]
    while let first = rest.first {
      let alike = rest.prefix { $0.state == first.state && $0.message == first.message }
      rest = rest.dropFirst(alike.count)
      let told = end(first, style: style)
      guard alike.count > 1, let last = alike.last else {
        lines += told
        continue
      }
      let head = style(.strong, "attempts \(first.number) to \(last.number)") + " " + style(.bad, first.state.shown)
      lines += [head] + told.dropFirst()
    }
    return lines
  }

  /// What is said of a run without a line.
  package static func silence(_ summary: RunSummary?, of run: UInt64) -> Shown {
    guard let summary, summary.id == run else { return "there is no run \(run): 'sluice runs' lists them" }
    return summary.state.isFinal
      ? "nothing was logged, or retention has removed it" : "nothing was logged so far: sluice run \(run) --follow"
  }

  private static func tone(_ level: String) -> Tone {
    switch level {
    case "error": .bad
    case "warning": .warning
    case "debug": .faint
    default: .normal
    }
  }
}
