// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Synchronization

/// Carries an attempt's reports to whoever asked for it: one at a time, in order, logged lines in batches.
///
/// Lines gather while a report is being delivered, so batches grow by themselves when the receiver is slow; past
/// ``capacity`` they are dropped and counted.
final class ReportChannel: Sendable {
  /// Lines that may wait.
  static let capacity = 1_000
  /// Lines in one report.
  static let batch = 200

  private enum Item: Sendable {
    case report(StepReport)
    /// Lines have come.
    case lines
  }

  private struct Lines {
    var waiting: [LogLine] = []
    var dropped = 0
    var isAnnounced = false
  }

  private let attempt: AttemptID
  private let lines = Mutex(Lines())
  private let items: AsyncStream<Item>.Continuation
  private let delivery: Mutex<Task<Void, Never>?>

  /// The delivery is an unstructured task because it outlives the step's cancellation, which it has to report.
  init(_ attempt: AttemptID, report: @escaping @Sendable (StepReport) async -> Void) {
    self.attempt = attempt
    let (stream, continuation) = AsyncStream.makeStream(of: Item.self)
    items = continuation
    delivery = Mutex(nil)
    let task = Task { [self] in
      for await item in stream {
        await deliverLines(to: report)
        if case .report(let report_) = item { await report(report_) }
      }
    }
    delivery.withLock { $0 = task }
  }

  func send(_ report: StepReport) { items.yield(.report(report)) }

  /// Sends the last report, and waits until everything is delivered; what comes later is ignored.
  func finish(_ end: StepEnd) async {
    items.yield(.report(.finished(attempt, end)))
    items.finish()
    await delivery.withLock { $0 }?.value
  }

  var log: StepLog { StepLog { [weak self] level, message in self?.take(level, message) } }

  private func take(_ level: LogLine.Level, _ message: String) {
    let line = LogLine(at: Timestamp(Date()), level: level, message: message.bounded(to: Limits.messageLength))
    let announces = lines.withLock { lines in
      if lines.waiting.count < Self.capacity { lines.waiting.append(line) } else { lines.dropped += 1 }
      defer { lines.isAnnounced = true }
      return !lines.isAnnounced
    }
    if announces { items.yield(.lines) }
  }

  private func deliverLines(to report: @Sendable (StepReport) async -> Void) async {
    while let (batch, dropped) = takeLines() { await report(.logged(attempt, lines: batch, dropped: dropped)) }
  }

  private func takeLines() -> ([LogLine], dropped: Int)? {
    lines.withLock { lines in
      lines.isAnnounced = false
      if lines.waiting.isEmpty, lines.dropped == 0 { return nil }
      let batch = Array(lines.waiting.prefix(Self.batch))
      lines.waiting.removeFirst(batch.count)
      let dropped = lines.waiting.isEmpty ? lines.dropped : 0
      if lines.waiting.isEmpty { lines.dropped = 0 }
      return (batch, dropped)
    }
  }
}
