// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation

/// An instant as the API writes it: an ISO 8601 string in UTC, `2013-11-03T06:00:00.000Z`.
package struct Instant: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  package let timestamp: Timestamp

  package init(_ timestamp: Timestamp) { self.timestamp = timestamp }

  /// Parses an ISO 8601 instant, with or without fractions of a second; nil for anything else.
  ///
  /// Days are of the Gregorian calendar in every year: Foundation would take those before 1582 as Julian ones.
  package init?(_ text: String) {
    guard let day = CivilDate(text.prefix(10)) else { return nil }
    let timeOfDay = "1970-01-01" + text.dropFirst(10)
    let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard let date = (try? fractional.parse(timeOfDay)) ?? (try? Date.ISO8601FormatStyle().parse(timeOfDay)) else { return nil }
    timestamp = Timestamp(date) + .seconds(day.daysSince1970 * 86_400)
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let instant = Instant(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no ISO 8601 instant")
    }
    self = instant
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  package var description: String { timestamp.description }
  package static func < (left: Self, right: Self) -> Bool { left.timestamp < right.timestamp }
}
