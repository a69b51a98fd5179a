// SPDX-License-Identifier: Apache-2.0

/// What a location has sent that was refused or dropped, since the daemon leads: for operators, and for the team.
public struct LocationTally: Hashable, Sendable {
  /// Why something came to nothing.
  public enum Reason: String, Hashable, Sendable, CaseIterable {
    /// A report of an attempt that was never granted to the location.
    case unknownAttempt = "unknown_attempt"
    /// A report of an attempt that is over, or of a run that is.
    case lateReport = "late_report"
    /// A report that may not come in the attempt's present state.
    case outOfTurn = "out_of_turn"
    /// A check's outcome that contradicts the one that stands.
    case contradiction
    /// A settlement, or an unsettled version, of an asset of another location, or that nobody waits for.
    case foreignVersion = "foreign_version"
    /// A log line beyond a quota.
    case logLine = "log_line"
    /// Metadata, or a message of a check or a failure, beyond a share.
    case detail
    /// A launch of a schedule beyond a bound.
    case schedule
  }

  public private(set) var counts: [Reason: UInt64] = [:]

  public init() {}

  /// How many were refused for this reason; 0 for none.
  public subscript(reason: Reason) -> UInt64 { counts[reason] ?? 0 }

  mutating func count(_ reason: Reason, _ number: Int = 1) {
    guard number > 0 else { return }
    let (sum, overflow) = self[reason].addingReportingOverflow(UInt64(number))
    counts[reason] = overflow ? .max : sum
  }

  public var isEmpty: Bool { counts.isEmpty }
  public var total: UInt64 {
    counts.values.reduce(0) { sum, next in
      let (total, overflow) = sum.addingReportingOverflow(next)
      return overflow ? .max : total
    }
  }
}
