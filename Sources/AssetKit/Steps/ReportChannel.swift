// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Synchronization

/// Carries an attempt's reports to whoever asked for it, in order; logged lines gather for a moment and travel together.
///
/// It reports from the step's own task, and needs none of its own. Past ``capacity`` lines are dropped and counted; what comes
/// after `finished`, from code that was left behind, is ignored.
final class ReportChannel: Sendable {
  /// Lines that may wait.
  static let capacity = 1_000
  /// Lines in one report.
  static let batch = 200
  /// How long a line waits for others.
  static let linger: Duration = .milliseconds(20)

  private struct Lines {
    var waiting: [LogLine] = []
    var dropped = 0
    /// The timer that will send what waits.
    var timer: UInt64?
    var isFinished = false

    var isEmpty: Bool { waiting.isEmpty && dropped == 0 }
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
      if lines.waiting.count < Self.capacity { lines.waiting.append(line) } else { lines.dropped += 1 }
      guard lines.timer == nil else { return }
      lines.timer = DeadlineKeeper.shared.add(at: .now + Self.linger) { [weak self] in self?.flush() }
    }
  }

  private func flush() { lines.withLock { flush(&$0) } }

  private func flush(_ lines: inout Lines) {
    if let timer = lines.timer { DeadlineKeeper.shared.remove([timer]) }
    lines.timer = nil
    guard !lines.isEmpty, !lines.isFinished else { return }
    var rest = lines.waiting[...]
    repeat {
      let batch = Array(rest.prefix(Self.batch))
      rest = rest.dropFirst(batch.count)
      reports.keep(.logged(attempt, lines: batch, dropped: rest.isEmpty ? lines.dropped : 0))
    } while !rest.isEmpty
    lines.waiting.removeAll()
    lines.dropped = 0
  }
}
