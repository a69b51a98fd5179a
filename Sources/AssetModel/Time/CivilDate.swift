// SPDX-License-Identifier: Apache-2.0

/// A day of the proleptic Gregorian calendar, without a time zone.
///
/// Conversions follow the era arithmetic of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
public struct CivilDate: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Days since 1970-01-01; negative before.
  public let daysSince1970: Int

  public init(daysSince1970: Int) { self.daysSince1970 = daysSince1970 }

  /// The given day.
  ///
  /// - Returns: nil when no such day exists, as for 2013-02-29.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    daysSince1970 = era * 146_097 + dayOfEra - 719_468
    guard self.components == (year, month, day) else { return nil }
  }

  /// Parses exactly `YYYY-MM-DD`.
  public init?(_ text: some StringProtocol) {
    guard let date = text.withASCII({ $0.count == Self.textBytes ? Self(ascii: $0) : nil }) else { return nil }
    self = date
  }

  /// The bytes of a text such as `2013-11-03`.
  static let textBytes = 10

  /// Parses the first ``textBytes``.
  package init?(ascii bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count >= Self.textBytes, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      let year = FixedDigits.read(0..<4, of: bytes), let month = FixedDigits.read(5..<7, of: bytes),
      let day = FixedDigits.read(8..<10, of: bytes)
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// Writes `YYYY-MM-DD` into the first ``textBytes``; false for a year that has more digits, or none.
  func write(to bytes: UnsafeMutableBufferPointer<UInt8>) -> Bool {
    let (year, month, day) = components
    guard (0...9_999).contains(year) else { return false }
    FixedDigits.write(year, in: 0..<4, of: bytes)
    FixedDigits.write(month, in: 5..<7, of: bytes)
    FixedDigits.write(day, in: 8..<10, of: bytes)
    (bytes[4], bytes[7]) = (UInt8(ascii: "-"), UInt8(ascii: "-"))
    return true
  }

  public var components: (year: Int, month: Int, day: Int) {
    let shifted = daysSince1970 + 719_468
    let (era, dayOfEra) = shifted.quotientAndFloor(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  /// How many days a month has.
  static func length(ofMonth month: Int, in year: Int) -> Int {
    guard month == 2 else { return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31 }
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  }

  /// 0 for Sunday to 6 for Saturday, as cron counts.
  public var weekday: Int { (daysSince1970 + 4).quotientAndFloor(dividingBy: 7).1 }

  /// The day that lies so many days later, or earlier for a negative number.
  public func advanced(by days: Int) -> CivilDate { CivilDate(daysSince1970: daysSince1970 + days) }
  public static func < (left: CivilDate, right: CivilDate) -> Bool { left.daysSince1970 < right.daysSince1970 }

  public var description: String {
    let usual = String(unsafeUninitializedCapacity: Self.textBytes) { write(to: $0) ? Self.textBytes : 0 }
    if !usual.isEmpty { return usual }
    let (year, month, day) = components
    return "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))"
  }
}
