// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// Dates as storage writes them: ISO 8601 in UTC, to the microsecond.
enum ISODate {
  /// The seconds since 1970 of the years 0 to 9999.
  private static let years: Range<Int64> = -62_167_219_200..<253_402_300_800

  /// A date as text.
  ///
  /// - Throws: `EncodingError` for a date of a year that four digits cannot tell: it could not be read back.
  static func text(_ date: Date, at path: [any CodingKey]) throws -> String {
    let instant = Timestamp(date)
    guard years.contains(instant.seconds) else {
      throw EncodingError.invalidValue(
        date, EncodingError.Context(codingPath: path, debugDescription: "the date is not of the years 0 to 9999"))
    }
    // Below a million, though the product is beyond an `Int64` for the earliest instants.
    let micros = instant.microseconds &- instant.seconds &* 1_000_000
    let digits = String(micros)
    let whole = Timestamp(seconds: instant.seconds).description.dropLast(".000Z".count)
    return "\(whole).\(String(repeating: "0", count: 6 - digits.count))\(digits)Z"
  }

  /// Parses `YYYY-MM-DDThh:mm:ss`, with any number of fraction digits, and an offset (`+01:00`, `+0100`, `+01`) or `Z`.
  ///
  /// Days are those of the proleptic Gregorian calendar, as ``text(_:)`` writes them; Foundation goes over to the Julian one in 1582.
  /// - Returns: nil for any other text, such as one of more than ``EncodingLimits/dateBytes``.
  static func date(_ text: String) -> Date? {
    guard text.utf8.count <= EncodingLimits.dateBytes else { return nil }
    return text.withASCII { bytes in
      guard let whole = localSeconds(bytes), let (fraction, rest) = fraction(bytes[seconds...]), let offset = offset(rest) else {
        return nil
      }
      return Date(timeIntervalSince1970: Double(whole - offset)).addingTimeInterval(fraction)
    }
  }

  /// The bytes up to the end of the seconds.
  private static let seconds = 19

  /// What `YYYY-MM-DDThh:mm:ss` would be in UTC, in seconds since 1970.
  private static func localSeconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard bytes.count > seconds, let day = day(bytes), bytes[10] | 0x20 == UInt8(ascii: "t"),
      let clock = FixedDigits.clock(at: 11, of: bytes), bytes[16] == UInt8(ascii: ":"),
      let second = FixedDigits.read(17..<19, of: bytes), second <= 60
    else { return nil }
    return day * 86_400 + clock + second
  }

  /// Days since 1970. The calendar repeats itself after 400 years, and has a year 0 before the first.
  private static func day(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    if let date = CivilDate(ascii: bytes) { return date.daysSince1970 }
    guard FixedDigits.read(0..<4, of: bytes) == 0, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      let month = FixedDigits.read(5..<7, of: bytes), let day = FixedDigits.read(8..<10, of: bytes)
    else { return nil }
    return CivilDate(year: 400, month: month, day: day).map { $0.daysSince1970 - 146_097 }
  }

  /// The fraction of a second that a text begins with, 0 where it begins with none, and what follows it.
  private static func fraction(
    _ text: Slice<UnsafeBufferPointer<UInt8>>
  ) -> (value: Double, rest: Slice<UnsafeBufferPointer<UInt8>>)? {
    guard text.first == UInt8(ascii: ".") else { return (0, text) }
    let digits = text.dropFirst().prefix { (48...57).contains($0) }
    guard !digits.isEmpty, let value = Double("0." + String(decoding: digits, as: UTF8.self)) else { return nil }
    return (value, text[digits.endIndex...])
  }

  /// Seconds east of UTC; nil where the text is none.
  private static func offset(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    if text.count == 1, text.first.map({ $0 | 0x20 }) == UInt8(ascii: "z") { return 0 }
    guard let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
    var digits = Array(text.dropFirst())
    if digits.count == 5, digits[2] == UInt8(ascii: ":") { digits.remove(at: 2) }
    if digits.count == 2 { digits += [48, 48] }
    guard digits.count == 4 else { return nil }
    let parts = digits.withUnsafeBufferPointer { (FixedDigits.read(0..<2, of: $0), FixedDigits.read(2..<4, of: $0)) }
    guard let hours = parts.0, hours < 24, let minutes = parts.1, minutes < 60 else { return nil }
    return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }
}
