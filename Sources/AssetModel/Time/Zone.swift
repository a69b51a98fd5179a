// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A time zone by its IANA name, such as `America/New_York`.
///
/// Offsets come from the system's time-zone data; everything derived from them that the control plane acts upon is
/// recorded in the journal as an instant, so a replay never asks again.
public struct Zone: Hashable, Sendable, CustomStringConvertible {
  private let timeZone: TimeZone
  /// The IANA name; `UTC` for ``utc``.
  public var description: String { self == .utc ? "UTC" : timeZone.identifier }

  public static let utc = Zone(timeZone: .gmt)

  private init(timeZone: TimeZone) { self.timeZone = timeZone }

  /// Looks up a zone.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedTimeZone`` when the name is unknown.
  public init(_ name: String) throws(ModelError) {
    if name == "UTC" || name == "GMT" {
      self = .utc
      return
    }
    guard name.contains("/"), let found = TimeZone(identifier: name) else {
      throw ModelError(
        .malformedTimeZone, "unknown time zone '\(name.quoted)': use an IANA name such as 'Europe/Zurich', or 'UTC'")
    }
    timeZone = found
  }

  /// Seconds east of UTC at an instant.
  public func offset(at instant: Timestamp) -> Int { timeZone.secondsFromGMT(for: instant.date) }

  /// The wall-clock time at an instant.
  public func local(at instant: Timestamp) -> LocalTime {
    LocalTime(secondsSince1970: instant.seconds + Int64(offset(at: instant)))
  }

  /// What a wall-clock time means in this zone: once, never (a gap), or twice (an overlap).
  public enum Resolution: Hashable, Sendable {
    case once(Timestamp)
    /// The clocks were put forward over it; the payload is the first instant after the gap.
    case gap(end: Timestamp)
    /// The clocks were put back over it.
    case twice(Timestamp, Timestamp)
  }

  /// Finds the instants at which clocks here show a wall-clock time.
  public func resolve(_ local: LocalTime) -> Resolution {
    let wall = local.secondsSince1970
    let before = Int64(offset(at: Timestamp(seconds: wall - 86_400)))
    let after = Int64(offset(at: Timestamp(seconds: wall + 86_400)))
    let early = Timestamp(seconds: wall - before)
    let late = Timestamp(seconds: wall - after)
    let earlyHolds = Int64(offset(at: early)) == before
    let lateHolds = Int64(offset(at: late)) == after
    switch (earlyHolds, lateHolds) {
    case (true, true): return early == late ? .once(early) : .twice(min(early, late), max(early, late))
    case (true, false): return .once(early)
    case (false, true): return .once(late)
    case (false, false): return .gap(end: transition(from: min(early, late), to: max(early, late)))
    }
  }

  /// The first instant of a day: midnight, or the end of the gap that swallowed it.
  public func startOfDay(_ day: CivilDate) -> Timestamp {
    switch resolve(LocalTime(day: day, second: 0)) {
    case .once(let instant), .gap(let instant), .twice(let instant, _): instant
    }
  }

  /// The day whose window contains an instant.
  ///
  /// It is the wall clock's day, except where clocks are put back over midnight: a day that has begun does not end again.
  public func day(at instant: Timestamp) -> CivilDate {
    let day = local(at: instant).day
    let following = day.advanced(by: 1)
    return startOfDay(following) <= instant ? following : day
  }

  /// The first second in (low, high] whose offset is that of `high`.
  private func transition(from low: Timestamp, to high: Timestamp) -> Timestamp {
    var low = low.seconds
    var high = high.seconds
    let target = offset(at: Timestamp(seconds: high))
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if offset(at: Timestamp(seconds: middle)) == target { high = middle } else { low = middle }
    }
    return Timestamp(seconds: high)
  }
}

extension Zone: Codable {
  public init(from decoder: any Decoder) throws {
    self = try Zone(decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// A wall-clock time: a day and a second of it, without a zone.
public struct LocalTime: Hashable, Sendable, Comparable {
  /// The wall clock read as if it were UTC, in seconds since 1970.
  public let secondsSince1970: Int64

  public init(secondsSince1970: Int64) { self.secondsSince1970 = secondsSince1970 }
  public init(day: CivilDate, second: Int) { secondsSince1970 = Int64(day.daysSince1970) * 86_400 + Int64(second) }

  public var day: CivilDate { CivilDate(daysSince1970: Int(secondsSince1970.quotientAndFloor(dividingBy: 86_400).0)) }
  /// Seconds since the day's midnight, 0 to 86,399.
  public var second: Int { Int(secondsSince1970.quotientAndFloor(dividingBy: 86_400).1) }
  public static func < (left: Self, right: Self) -> Bool { left.secondsSince1970 < right.secondsSince1970 }
}
