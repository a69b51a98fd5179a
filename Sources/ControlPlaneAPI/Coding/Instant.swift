// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation

/// An instant as the API writes it: an ISO 8601 string in UTC, `2013-11-03T06:00:00.000Z`.
package struct Instant: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  package let timestamp: Timestamp

  package init(_ timestamp: Timestamp) { self.timestamp = timestamp }

  /// Parses an ISO 8601 instant, with or without fractions of a second; nil for anything else.
  package init?(_ text: String) {
    let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard let date = (try? fractional.parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text)) else { return nil }
    timestamp = Timestamp(date)
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
