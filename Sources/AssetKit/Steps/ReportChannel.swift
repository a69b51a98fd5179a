// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Synchronization

/// Carries an attempt's reports to whoever asked for it, in order; logged lines gather for a moment and travel together.
///
/// It reports from the step's own task, and needs none of its own. Of a burst of more lines than may wait the first and the last are
/// kept, and those between are counted; what comes after `finished`, from code that was left behind, is ignored.
final class ReportChannel: Sendable {
  /// Lines that may wait: so many of a burst's beginning, and so many of its end.
  static let linesOfEachEnd = 500
  /// Lines in one report.
  static let batch = 200
  /// How long a line waits for others.
  static let linger: Duration = .milliseconds(20)

  private struct Lines {
    var waiting: [LogLine] = []
    /// The last lines, where more came than may wait; as a ring, its oldest line at `oldest`.
    var last: [LogLine] = []
    var oldest = 0
    /// Lines between those and these.
    var dropped = 0
    /// The timer that will send what waits.
    var timer: UInt64?
    var isFinished = false

    var isEmpty: Bool { waiting.isEmpty }

    mutating func append(_ line: LogLine) {
      if waiting.count < ReportChannel.linesOfEachEnd { return waiting.append(line) }
      if last.count < ReportChannel.linesOfEachEnd { return last.append(line) }
      last[oldest] = line
      oldest = (oldest + 1) % last.count
      dropped += 1
    }

    /// What waits, in portions of one report, each with how many lines are missing before it.
    mutating func take() -> [(lines: [LogLine], dropped: Int)] {
      var portions = waiting.portions(of: ReportChannel.batch).map { (lines: $0, dropped: 0) }
      let end = Array(last[oldest...] + last[..<oldest]).portions(of: ReportChannel.batch)
      portions += end.enumerated().map { (lines: $1, dropped: $0 == 0 ? dropped : 0) }
      self.waiting.removeAll(keepingCapacity: true)
      (last, oldest, dropped) = ([], 0, 0)
      return portions
    }
  }

  private let attempt: AttemptID
  private let reports: any StepReporting
  /// Held while reports are handed over, so that none overtakes another.
  private let lines = Mutex(Lines())

  init(_ attempt: AttemptID, to reports: any StepReporting) {
    self.attempt = attempt
    self.reports = reports
  }

  /// Sends a report once there is room for it, behind the lines that were logged before.
  func send(_ report: StepReport) async {
    await reports.waitForRoom()
    lines.withLock { lines in
      guard !lines.isFinished else { return }
      flush(&lines)
      reports.keep(report)
      if case .finished = report { lines.isFinished = true }
    }
  }

  var log: StepLog { StepLog { [weak self] level, message in self?.take(level, message) } }

  private func take(_ level: LogLine.Level, _ message: String) {
    let line = LogLine(at: Timestamp(Date()), level: level, message: message.bounded(to: Limits.messageLength))
    lines.withLock { lines in
      guard !lines.isFinished else { return }
      lines.append(line)
      guard lines.timer == nil else { return }
      lines.timer = DeadlineKeeper.shared.add(at: .now + Self.linger) { [weak self] in self?.flush() }
    }
  }

  private func flush() { lines.withLock { flush(&$0) } }

  private func flush(_ lines: inout Lines) {
    if let timer = lines.timer { DeadlineKeeper.shared.remove([timer]) }
    lines.timer = nil
    guard !lines.isEmpty, !lines.isFinished else { return }
    for (portion, dropped) in lines.take() { reports.keep(.logged(attempt, lines: portion, dropped: dropped)) }
  }
}

extension Array {
  fileprivate func portions(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
