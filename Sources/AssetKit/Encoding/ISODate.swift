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

  /// Parses a date with any number of fraction digits, and an offset or `Z`.
  ///
  /// - Returns: nil for any other text, such as one of more than ``EncodingLimits/dateBytes``.
  static func date(_ text: String) -> Date? {
    guard text.utf8.count <= EncodingLimits.dateBytes else { return nil }
    guard let dot = text.firstIndex(of: ".") else { return try? Date(text, strategy: .iso8601) }
    let end = text[dot...].dropFirst().firstIndex { !$0.isASCII || !$0.isNumber } ?? text.endIndex
    guard let fraction = Double("0" + text[dot..<end]), let whole = try? Date(text[..<dot] + text[end...], strategy: .iso8601)
    else { return nil }
    return whole.addingTimeInterval(fraction)
  }
}
