// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// Dates as storage writes them: ISO 8601 in UTC, to the microsecond.
enum ISODate {
  static func text(_ date: Date) -> String {
    let instant = Timestamp(date)
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
      guard bytes.count > seconds, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
        bytes[10] | 0x20 == UInt8(ascii: "t"),
        bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"), let year = FixedDigits.read(0..<4, of: bytes),
        let month = FixedDigits.read(5..<7, of: bytes), let day = FixedDigits.read(8..<10, of: bytes),
        let hour = FixedDigits.read(11..<13, of: bytes), hour < 24, let minute = FixedDigits.read(14..<16, of: bytes),
        minute < 60,
        let second = FixedDigits.read(17..<19, of: bytes), second <= 60,
        // The calendar repeats itself after 400 years; there is a year 0 before the first.
        let date = CivilDate(year: year == 0 ? 400 : year, month: month, day: day)
      else { return nil }
      let days = date.daysSince1970 - (year == 0 ? 146_097 : 0)
      var rest = bytes[seconds...]
      var fraction = 0.0
      if rest.first == UInt8(ascii: ".") {
        let digits = rest.dropFirst().prefix { (48...57).contains($0) }
        guard !digits.isEmpty, let value = Double("0." + String(decoding: digits, as: UTF8.self)) else { return nil }
        fraction = value
        rest = rest[digits.endIndex...]
      }
      guard let offset = offset(rest) else { return nil }
      let whole = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
      return Date(timeIntervalSince1970: Double(whole)).addingTimeInterval(fraction)
    }
  }

  /// The bytes up to the end of the seconds.
  private static let seconds = 19

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
