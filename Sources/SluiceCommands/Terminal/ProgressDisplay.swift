// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI

/// Shows how a run moves: one line redrawn on a terminal, a new line now and then elsewhere.
struct ProgressDisplay {
  private let isTerminal: Bool
  private let style: Style
  private let started = ContinuousClock.now
  private var lastPrinted: (at: ContinuousClock.Instant, percent: Int)?

  init(isTerminal: Bool = Console.errorIsTerminal, style: Style = .error) {
    self.isTerminal = isTerminal
    self.style = style
  }

  mutating func show(_ run: RunSummary) {
    let elapsed = ContinuousClock.now - started
    if isTerminal {
      Console.errorPart("\r\u{1B}[K" + ProgressLine.bar(run, elapsed: elapsed, width: Console.width, style: style))
    } else if isWorthALine(run) {
      Console.error(ProgressLine.plain(run, elapsed: elapsed))
    }
  }

  func note(_ text: Shown) { Console.error(isTerminal ? "\r\u{1B}[K" + text : text) }
  func clear() { if isTerminal { Console.errorPart("\r\u{1B}[K") } }

  /// A tenth more, or ten seconds later.
  private mutating func isWorthALine(_ run: RunSummary) -> Bool {
    let percent = ProgressLine.percent(run.steps)
    let now = ContinuousClock.now
    if let last = lastPrinted, percent < last.percent + 10, now - last.at < .seconds(10) { return false }
    lastPrinted = (now, percent)
    return true
  }
}

/// A run's progress on one line.
package enum ProgressLine {
  /// `run 7  ██████░░░░  62%  1812/2920  8 running  2 blocked  12s`
  package static func bar(_ run: RunSummary, elapsed: Duration, width: Int, style: Style) -> Shown {
    let percent: Shown = "\(percent(run.steps))%"
    let head: Shown = "run \(run.id)  "
    let tail: Shown =
      "  \(padded(percent, 4))  \(run.steps.finished)/\(run.steps.total)" + details(run.steps) + "  " + short(elapsed)
    let room = max(10, min(40, width - head.width - tail.width - 1))
    let filled = run.steps.total == 0 ? room : run.steps.finished * room / run.steps.total
    let tone: Tone = run.steps.failed + run.steps.rejected + run.steps.blocked > 0 ? .warning : .good
    return head + style(tone, "\(String(repeating: "█", count: filled))")
      + style(.faint, "\(String(repeating: "░", count: room - filled))") + tail
  }

  /// `run 7 is running: 1812 of 2920 steps (62%)  8 running  2 blocked  12s`
  package static func plain(_ run: RunSummary, elapsed: Duration) -> Shown {
    "run \(run.id) \(run.state.rawValue): \(run.steps.finished) of \(run.steps.total) steps (\(percent(run.steps))%)"
      + details(run.steps) + "  " + short(elapsed)
  }

  static func percent(_ steps: StepCounts) -> Int { steps.total == 0 ? 100 : steps.finished * 100 / steps.total }

  private static func details(_ steps: StepCounts) -> Shown {
    [StepState.running, .rejected, .failed, .blocked, .cancelled].filter { steps[$0] > 0 }
      .map { "  \(steps[$0]) \($0.rawValue)" as Shown }.joined()
  }

  private static func padded(_ text: Shown, _ width: Int) -> Shown {
    Shown.spaces(width - text.width) + text
  }

  /// `340ms`, `12s`, `3m05s`, `2h10m`.
  package static func short(_ duration: Duration) -> Shown {
    let (seconds, attoseconds) = duration.components
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return switch seconds {
    case ..<1: "\(max(0, attoseconds / 1_000_000_000_000_000))ms"
    case ..<60: "\(seconds)s"
    case ..<3_600: "\(seconds / 60)m\(two(seconds % 60))s"
    default: "\(seconds / 3_600)h\(two(seconds % 3_600 / 60))m"
    }
  }
}
