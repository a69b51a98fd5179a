// SPDX-License-Identifier: Apache-2.0

/// A five-field cron expression: minute, hour, day of month, month, day of week.
///
/// Fields take `*`, numbers, `a-b`, `*/n`, `a-b/n`, lists, and names for months and weekdays; space of any kind stands between them. When
/// both day fields are restricted, either may match, as in every cron. It always has a next tick: an expression that matches no date is
/// refused.
public struct CronExpression: Hashable, Sendable, CustomStringConvertible {
  public let description: String
  /// Ascending, like `hours`.
  let minutes: [Int]
  let hours: [Int]
  let days: SmallSet
  let months: SmallSet
  let weekdays: SmallSet
  /// Whether either day field may match, rather than both.
  let eitherDay: Bool
  /// Whether it names its times of day: no wildcard and no step in minute and hour.
  let isFixed: Bool

  /// Parses an expression.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedCron``, with the column and the field.
  public init(_ text: String) throws(ModelError) {
    guard text.utf8.count <= Limits.cronLength else {
      throw ModelError(
        .malformedCron, "the cron expression has \(text.utf8.count) bytes; at most \(Limits.cronLength) (cronLength)")
    }
    let fields = text.split(whereSeparator: \.isWhitespace)
    guard fields.count == CronField.all.count else {
      throw ModelError(
        .malformedCron, "cron '\(text.quoted)' has \(fields.count) fields: write minute, hour, day of month, month, day of week")
    }
    var values: [[Int]] = []
    for (field, part) in zip(CronField.all, fields) {
      do {
        values.append(try field.parse(part).sorted())
      } catch {
        let column = text.distance(from: text.startIndex, to: part.startIndex) + 1
        throw ModelError(.malformedCron, "cron '\(text.quoted)', column \(column), \(field.name): \(error.message)")
      }
    }
    description = fields.joined(separator: " ")
    minutes = values[0]
    hours = values[1]
    days = SmallSet(values[2])
    months = SmallSet(values[3])
    weekdays = SmallSet(values[4].map { $0 % 7 })
    isFixed = !fields.prefix(2).contains { $0.utf8.contains(UInt8(ascii: "*")) || $0.utf8.contains(UInt8(ascii: "/")) }
    eitherDay = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
    guard eitherDay || fields[2].hasPrefix("*") || values[3].contains(where: { values[2][0] <= Self.longest[$0 - 1] }) else {
      throw ModelError(.malformedCron, "cron '\(text.quoted)' matches no date: no such day in those months")
    }
  }

  private static let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

extension CronExpression: Codable {
  public init(from decoder: any Decoder) throws {
    self = try CronExpression(decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
