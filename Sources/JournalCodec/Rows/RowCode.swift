// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Orchestrator

/// The numbers by which rows hold the cases of an enumeration; for ever, so lists only grow at their end.
package struct RowCode<Value: Hashable & Sendable>: Sendable {
  private let values: [Value]

  init(_ values: [Value]) { self.values = values }

  /// The number of a case; a case without one cannot be stored, which a test rules out.
  package func code(_ value: Value) -> Int64 { values.firstIndex(of: value).map(Int64.init) ?? -1 }

  /// - Throws: ``JournalError`` with code `damaged` for a number that no case has.
  package func value(_ code: Int64) throws(JournalError) -> Value {
    guard values.indices.contains(Int(clamping: code)) else {
      throw JournalError(.damaged, "a row holds \(code), which is no \(Value.self)")
    }
    // Within the bounds that were looked at.
    return values[Int(code)]
  }
}

/// Every enumeration that rows hold.
package enum RowCodes {
  package static let runKind = RowCode<RunKind>([.materialize, .checksOnly])
  package static let runOutcome = RowCode<RunOutcome>([.succeeded, .blocked, .cancelled, .failed])
  package static let phase = RowCode<StepPhase>(
    [.waiting, .retrying, .granted, .running, .checking, .succeeded, .rejected, .failed, .blocked, .cancelled])
  package static let decision = RowCode<VersionRecord.Decision>([.promoted, .rejected, .discarded])
  package static let attemptEnd = RowCode<AttemptRecord.End>([.failed, .cancelled, .lost, .refused])
  package static let severity = RowCode<CheckSeverity>([.block, .warn])
  package static let checkOutcome = RowCode<CheckOutcome>([.passed, .failed, .errored, .timedOut])
  package static let level = RowCode<LogLine.Level>([.debug, .info, .warning, .error])
}
