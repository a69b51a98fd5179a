// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI
import Orchestrator

extension ControlPlaneQueries {
  /// How many lines are read from the history at once: each may have ``Limits/messageLength`` bytes.
  private static let linesAtOnce = 100

  /// Lines of a run's steps, or of one of them, in the order in which they came. A page ends early where its lines say very much; the
  /// last page is the empty one.
  package func logs(of number: UInt64, step ordinal: Int?, after: UInt64, limit: Int) async throws -> [LogEntry] {
    let run = RunID(number)
    _ = try await summary(of: run)
    var (result, last, budget): ([LogEntry], UInt64, DetailBudget) = ([], after, DetailBudget(APILimits.detailBytes))
    var subjects: [Int: StepSubject] = [:]
    while result.count < limit {
      let wanted = min(Self.linesAtOnce, limit - result.count)
      let page = try await history.logs(of: run, step: ordinal, after: last, limit: wanted)
      try await look(up: Set(page.map(\.step.ordinal)), of: run, &subjects)
      for record in page {
        // One line of a page fits in any case.
        guard budget.take(record.line.message.utf8.count) || result.isEmpty else { return result }
        result.append(LogEntry(record, subjects[record.step.ordinal]))
        last = record.sequence
      }
      if page.count < wanted { break }
    }
    return result
  }

  /// Learns what steps are about, neighbours together.
  private func look(up ordinals: Set<Int>, of run: RunID, _ subjects: inout [Int: StepSubject]) async throws {
    var missing = ordinals.filter { subjects[$0] == nil }.sorted()[...]
    while let first = missing.first {
      let together = missing.prefix { $0 - first < Self.linesAtOnce }
      for step in try await history.steps(of: run, from: first, limit: (together.last ?? first) - first + 1) {
        subjects[step.id.ordinal] = StepSubject(step.location, step.outputs, step.partition)
      }
      missing = missing.dropFirst(together.count)
    }
  }
}

extension LogEntry {
  fileprivate init(_ record: LogRecord, _ subject: StepSubject?) {
    self.init(
      sequence: record.sequence, position: record.sequence >> UInt64(Projector.rowBits), at: Instant(record.line.at),
      step: record.step.ordinal, attempt: record.attempt, location: subject?.location, asset: subject?.assets,
      partition: subject.flatMap { $0.partition == .only ? nil : $0.partition.description }, level: record.line.level.rawValue,
      message: record.line.message)
  }
}
