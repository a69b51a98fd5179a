// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// How much of what steps log is kept: head and tail of each attempt, within a share of its run and of its location's day.
///
/// | an attempt that has logged | a further line |
/// | --- | --- |
/// | less than the head's bytes, and its run and day have room | is kept as it comes |
/// | more | goes into the tail, and pushes out the oldest line there, which is counted as dropped |
///
/// When the attempt ends, what the tail holds is kept, behind the number of lines that are missing.
/// It is no state: after a restart an attempt has its share anew.
struct LogQuotas: Sendable {
  private var attempts: [StepAttempt: Attempt] = [:]
  private var runs: [RunID: [LocationName: Int]] = [:]
  private var days: [LocationName: (day: Int64, bytes: Int)] = [:]

  private struct Attempt: Sendable {
    var head = 0
    var tail = LogTail()
    /// Whether its head is full, or its run's or day's share: what follows goes into the tail.
    var isBeyond = false
    var dropped = 0
  }

  /// What is kept of a report now.
  struct Admitted: Hashable, Sendable {
    var lines: [LogLine] = []
    /// Lines before them that are missing.
    var dropped = 0
    /// Lines that were dropped by this report.
    var refused = 0
  }

  /// Takes lines of an attempt in flight.
  mutating func admit(
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
        admitted.refused += state.tail.push(line, bytes: bytes, within: limits.tail)
      }
    }
    state.dropped = Self.sum(state.dropped, admitted.refused)
    attempts[attempt] = state
    return admitted
  }

  /// The attempt is over: what of its tail is kept, where there is something to say.
  mutating func end(
    _ attempt: StepAttempt, at location: LocationName, _ limits: LogShare, now: Timestamp
  ) -> (lines: [LogLine], dropped: Int)? {
    guard let state = attempts.removeValue(forKey: attempt), state.isBeyond else { return nil }
    var kept: [LogLine] = []
    // The last lines first: they say how it ended.
    for line in state.tail.lines.reversed() {
      guard take(line.message.utf8.count + Self.lineBytes, attempt.step.run, location, limits, now) else { break }
      kept.append(line)
    }
    return (kept.reversed(), Self.sum(state.dropped, state.tail.lines.count - kept.count))
  }

  /// Takes bytes of a run's and a day's share, where both have as many.
  private mutating func take(
    _ bytes: Int, _ run: RunID, _ location: LocationName, _ limits: LogShare, _ now: Timestamp
  ) -> Bool {
    let today = self.bytes(of: location, at: now)
    guard runs[run]?[location] ?? 0 <= limits.run - bytes, today <= limits.day - bytes else { return false }
    runs[run, default: [:]][location, default: 0] += bytes
    days[location] = (Self.day(now), today + bytes)
    return true
  }

  /// Bytes that are kept of a location's lines of the day, UTC.
  func bytes(of location: LocationName, at now: Timestamp) -> Int {
    days[location].flatMap { $0.day == Self.day(now) ? $0.bytes : nil } ?? 0
  }

  private static func day(_ now: Timestamp) -> Int64 { now.seconds / 86_400 }

  mutating func end(_ run: RunID) { runs[run] = nil }

  private static func sum(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }

  /// What a line takes beside its text.
  private static let lineBytes = 32
}

/// The bounds that an attempt's log is kept within, in bytes.
struct LogShare: Hashable, Sendable {
  var step: Int
  var run: Int
  var day: Int
  var tail: Int

  init(_ policy: CorePolicy, _ quotas: LocationQuotas?) {
    step = quotas?.logBytesPerStep ?? policy.logBytesPerStep
    run = quotas?.logBytesPerRun ?? policy.logBytesPerRun
    day = quotas?.logBytesPerDay ?? policy.logBytesPerDay
    tail = policy.logTailBytes
  }
}

/// The last lines that fit into so many bytes.
struct LogTail: Hashable, Sendable {
  private var held: [LogLine] = []
  private var sizes: [Int] = []
  private var first = 0
  private var bytes = 0

  var isEmpty: Bool { held.count == first }
  var lines: [LogLine] { Array(held[first...]) }

  /// Adds a line.
  ///
  /// - Returns: how many lines had to go for it; itself where it fits nowhere.
  mutating func push(_ line: LogLine, bytes size: Int, within limit: Int) -> Int {
    var gone = 0
    held.append(line)
    sizes.append(size)
    bytes += size
    while bytes > limit, first < held.count {
      bytes -= sizes[first]
      first += 1
      gone += 1
    }
    if first > 256, first * 2 > held.count {
      held.removeFirst(first)
      sizes.removeFirst(first)
      first = 0
    }
    return gone
  }
}
