// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import DequeModule

/// How much of what steps log is kept: head and tail of each attempt, within a share of its run and of its location's day.
///
/// | an attempt that has logged | a further line |
/// | --- | --- |
/// | less than the head's bytes, and its run and day have room | is kept as it comes |
/// | more | goes into the tail, and pushes out the oldest line there, which is counted as dropped |
///
/// When the attempt ends, what the tail holds is kept, behind the number of lines that are missing. The tails of a location's
/// attempts are in memory meanwhile, and have a bound together: beyond it, an attempt's line takes the place of its own older ones.
/// It is no state: after a restart an attempt has its share anew.
package struct LogQuotas: Sendable {
  private var attempts: [StepAttempt: Attempt] = [:]
  private var runs: [RunID: [LocationName: Int]] = [:]
  private var days = PeriodUse.daily
  /// Bytes that the tails of a location's attempts hold: they are in memory until their attempt ends.
  private var tails: [LocationName: Int] = [:]

  package init() {}

  private struct Attempt: Sendable {
    var head = 0
    var tail = LogTail()
    /// Whether its head is full, or its run's or day's share: what follows goes into the tail.
    var isBeyond = false
    var dropped = 0
  }

  /// What is kept of a report now.
  package struct Admitted: Hashable, Sendable {
    package var lines: [LogLine] = []
    /// Lines before them that are missing.
    package var dropped = 0
    /// Lines that were dropped by this report.
    package var refused = 0
  }

  /// Takes lines of an attempt in flight.
  package mutating func admit(
    _ lines: [LogLine], dropped: Int, of attempt: StepAttempt, at location: LocationName, _ limits: LogShare, now: Timestamp
  ) -> Admitted {
    var state = attempts[attempt] ?? Attempt()
    var admitted = Admitted()
    // What the host dropped comes before its lines.
    if state.isBeyond { state.dropped = Self.sum(state.dropped, dropped) } else { admitted.dropped = dropped }
    for line in lines {
      let bytes = line.message.utf8.count + Self.lineBytes
      if !state.isBeyond, state.head + bytes <= limits.step, take(bytes, attempt.step.run, location, limits, now) {
        state.head += bytes
        admitted.lines.append(line)
      } else {
        state.isBeyond = true
        admitted.refused += push(line, bytes: bytes, into: &state.tail, location, limits)
      }
    }
    state.dropped = Self.sum(state.dropped, admitted.refused)
    attempts[attempt] = state
    return admitted
  }

  /// The attempt is over: what of its tail is kept, where there is something to say.
  package mutating func end(
    _ attempt: StepAttempt, at location: LocationName, _ limits: LogShare, now: Timestamp
  ) -> (lines: [LogLine], dropped: Int)? {
    guard let state = attempts.removeValue(forKey: attempt), state.isBeyond else { return nil }
    let others = (tails[location] ?? 0) - state.tail.bytes
    tails[location] = others > 0 ? others : nil
    var kept: [LogLine] = []
    // The last lines first: they say how it ended.
    for line in state.tail.lines.reversed() {
      guard take(line.message.utf8.count + Self.lineBytes, attempt.step.run, location, limits, now) else { break }
      kept.append(line)
    }
    return (kept.reversed(), Self.sum(state.dropped, state.tail.count - kept.count))
  }

  /// Adds a line to a tail, within what the tails of its location may hold together.
  private mutating func push(
    _ line: LogLine, bytes: Int, into tail: inout LogTail, _ location: LocationName, _ limits: LogShare
  ) -> Int {
    let others = (tails[location] ?? 0) - tail.bytes
    let gone = tail.push(line, bytes: bytes, within: min(limits.tail, limits.tails - others))
    tails[location] = others + tail.bytes
    return gone
  }

  /// Takes bytes of a run's and a day's share, where both have as many.
  private mutating func take(
    _ bytes: Int, _ run: RunID, _ location: LocationName, _ limits: LogShare, _ now: Timestamp
  ) -> Bool {
    guard runs[run]?[location] ?? 0 <= limits.run - bytes, days.take(bytes, of: location, within: limits.day, at: now) else {
      return false
    }
    runs[run, default: [:]][location, default: 0] += bytes
    return true
  }

  /// Bytes that are kept of a location's lines of the day, UTC.
  func bytes(of location: LocationName, at now: Timestamp) -> Int { days.amount(of: location, at: now) }

  mutating func end(_ run: RunID) { runs[run] = nil }

  private static func sum(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }

  /// What a line takes beside its text.
  private static let lineBytes = 32
}

/// The bounds that an attempt's log is kept within, in bytes.
package struct LogShare: Hashable, Sendable {
  var step: Int
  var run: Int
  var day: Int
  var tail: Int
  /// What the tails of a location's attempts hold together.
  var tails: Int

  package init(step: Int, run: Int, day: Int, tail: Int, tails: Int) {
    (self.step, self.run, self.day, self.tail, self.tails) = (step, run, day, tail, tails)
  }
}

extension LogShare {
  init(_ policy: CorePolicy, _ quotas: LocationQuotas?) {
    step = quotas?.logBytesPerStep ?? policy.logBytesPerStep
    run = quotas?.logBytesPerRun ?? policy.logBytesPerRun
    day = quotas?.logBytesPerDay ?? policy.logBytesPerDay
    tail = policy.logTailBytes
    tails = policy.logTailBytesPerLocation
  }
}

/// The last lines that fit into so many bytes.
package struct LogTail: Hashable, Sendable {
  private var held: Deque<Held> = []
  package private(set) var bytes = 0

  package init() {}

  private struct Held: Hashable, Sendable {
    let line: LogLine
    let bytes: Int
  }

  package var isEmpty: Bool { held.isEmpty }
  package var count: Int { held.count }
  package var lines: [LogLine] { held.map(\.line) }

  /// Adds a line.
  ///
  /// - Returns: how many lines had to go for it; itself where it fits nowhere.
  package mutating func push(_ line: LogLine, bytes size: Int, within limit: Int) -> Int {
    held.append(Held(line: line, bytes: size))
    bytes += size
    var gone = 0
    while bytes > limit, let oldest = held.popFirst() {
      bytes -= oldest.bytes
      gone += 1
    }
    return gone
  }
}
