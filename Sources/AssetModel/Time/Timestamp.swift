// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// An instant: whole microseconds since 1970-01-01T00:00:00Z.
///
/// Time is always a parameter in the model and the core; nothing here reads a clock.
public struct Timestamp: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// Whole seconds since 1970; saturates beyond the year 294,246 either way.
  public init(seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    microseconds = overflow ? (seconds < 0 ? .min : .max) : product
  }

  /// The nearest microsecond; saturates.
  public init(_ date: Date) {
    let rounded = (date.timeIntervalSince1970 * 1_000_000).rounded()
    microseconds = Int64(exactly: rounded) ?? (rounded < 0 ? .min : .max)
  }

  /// Whole seconds since 1970, rounded down.
  public var seconds: Int64 { microseconds.quotientAndFloor(dividingBy: 1_000_000).0 }
  public var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }

  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  /// Adds a duration, to the microsecond; saturates instead of overflowing.
  public static func + (left: Timestamp, right: Duration) -> Timestamp {
    let (sum, overflow) = left.microseconds.addingReportingOverflow(right.wholeMicroseconds)
    return Timestamp(microseconds: overflow ? (right < .zero ? .min : .max) : sum)
  }

  /// The time between two instants; negative where the left one is earlier.
  public static func - (left: Timestamp, right: Timestamp) -> Duration {
    .microseconds(left.microseconds) - .microseconds(right.microseconds)
  }

  /// ISO 8601 in UTC, to the millisecond: `2013-11-03T06:00:00.000Z`.
  public var description: String {
    let (total, rest) = microseconds.quotientAndFloor(dividingBy: 1_000_000)
    let (day, second) = total.quotientAndFloor(dividingBy: 86_400)
    let time = [second / 3_600, second / 60 % 60, second % 60].map { $0.padded(2) }.joined(separator: ":")
    return "\(CivilDate(daysSince1970: Int(day)))T\(time).\((rest / 1_000).padded(3))Z"
  }
}

extension Duration {
  /// This duration in whole microseconds, rounded toward zero; saturates.
  public var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return overflowed ? (seconds < 0 ? .min : .max) : sum
  }

  /// As people write it, to the millisecond: `90 s`, `0.25 s`.
  package var words: String {
    let (seconds, rest) = wholeMicroseconds.quotientAndFloor(dividingBy: 1_000_000)
    guard rest >= 1_000 else { return "\(seconds) s" }
    var fraction = (rest / 1_000).padded(3)
    while fraction.last == "0" { fraction.removeLast() }
    return "\(seconds).\(fraction) s"
  }
}

extension FixedWidthInteger {
  /// Floored division: the quotient, and a remainder that is never negative for a positive divisor.
  package func quotientAndFloor(dividingBy divisor: Self) -> (Self, Self) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  func padded(_ width: Int) -> String {
    let digits = String(magnitude)
    return (self < 0 ? "-" : "") + String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}
