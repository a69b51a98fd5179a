// SPDX-License-Identifier: Apache-2.0

/// A five-field cron expression: minute, hour, day of month, month, day of week.
///
/// Fields take `*`, numbers, `a-b`, `*/n`, `a-b/n`, lists, and names for months and weekdays. When both day fields are restricted,
/// either may match, as in every cron. It always has a next tick: an expression that matches no date is refused.
public struct CronExpression: Hashable, Sendable, CustomStringConvertible {
  public let description: String
  let minutes: [Int]
  let hours: [Int]
  let days: Set<Int>
  let months: Set<Int>
  let weekdays: Set<Int>
  /// Whether either day field may match, rather than both.
  let eitherDay: Bool

  /// Parses an expression.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedCron``, with the column and the field.
  public init(_ text: String) throws(ModelError) {
    let columns = text.indices.filter { index in
      text[index] != " " && (index == text.startIndex || text[text.index(before: index)] == " ")
    }
    let fields = columns.map { start in text[start...].prefix { $0 != " " } }
    guard fields.count == CronField.all.count else {
      throw ModelError(
        .malformedCron, "cron '\(text)' has \(fields.count) fields: write minute, hour, day of month, month, day of week")
    }
    var values: [[Int]] = []
    for (field, part) in zip(CronField.all, fields) {
      do {
        values.append(try field.parse(part).sorted())
      } catch {
        let column = text.distance(from: text.startIndex, to: part.startIndex) + 1
        throw ModelError(.malformedCron, "cron '\(text)', column \(column), \(field.name): \(error.message)")
      }
    }
    description = fields.joined(separator: " ")
    minutes = values[0]
    hours = values[1]
    days = Set(values[2])
    months = Set(values[3])
    weekdays = Set(values[4].map { $0 % 7 })
    eitherDay = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
    guard eitherDay || fields[2].hasPrefix("*") || months.contains(where: { days.min()! <= Self.longest[$0 - 1] }) else {
      throw ModelError(.malformedCron, "cron '\(text)' matches no date: no such day in those months")
    }
  }

  private static let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

  /// Whether it ticks more than once on a day on which it ticks.
  var isMoreThanDaily: Bool { minutes.count * hours.count > 1 }

  /// The first tick after an instant.
  ///
  /// In a gap of daylight saving, daily and rarer ticks come at the gap's end and more frequent ones are skipped; in an overlap
  /// daily ones come once and more frequent ones twice (semantics 21).
  public func next(after instant: Timestamp, in zone: Zone) -> Timestamp {
    var day = zone.local(at: instant).day
    // A leap day can be eight years away, and a weekday on it 40.
    for _ in 0..<(366 * 41) {
      if matches(day), let tick = firstTick(on: day, after: instant, in: zone) { return tick }
      day = day.advanced(by: 1)
    }
    return Timestamp(microseconds: .max)
  }

  /// The last tick at or before an instant and after `earliest`, and how many lie between; nil when there is none.
  public func latest(
    after earliest: Timestamp, through instant: Timestamp, in zone: Zone
  ) -> (tick: Timestamp, skipped: Int)? {
    var tick = next(after: earliest, in: zone)
    guard tick <= instant else { return nil }
    var skipped = 0
    while true {
      let following = next(after: tick, in: zone)
      if following > instant { return (tick, skipped) }
      tick = following
      skipped += 1
    }
  }

  private func matches(_ day: CivilDate) -> Bool {
    let (_, month, date) = day.components
    guard months.contains(month) else { return false }
    let byDate = days.contains(date)
    let byWeekday = weekdays.contains(day.weekday)
    return eitherDay ? byDate || byWeekday : byDate && byWeekday
  }

  private func firstTick(on day: CivilDate, after instant: Timestamp, in zone: Zone) -> Timestamp? {
    let start = zone.startOfDay(day)
    let end = zone.startOfDay(day.advanced(by: 1))
    if instant >= end { return nil }
    let isPlain = zone.offset(at: start) == zone.offset(at: end) && (end - start) == .seconds(86_400)
    var earliest: Timestamp?
    for hour in hours {
      if isPlain, Timestamp(seconds: start.seconds + Int64(hour + 1) * 3_600) <= instant { continue }
      for minute in minutes {
        let second = hour * 3_600 + minute * 60
        let ticks = isPlain
          ? [Timestamp(seconds: start.seconds + Int64(second))] : resolved(LocalTime(day: day, second: second), in: zone)
        for tick in ticks where tick > instant { earliest = min(earliest ?? tick, tick) }
        if isPlain, let earliest { return earliest }
      }
    }
    return earliest
  }

  private func resolved(_ local: LocalTime, in zone: Zone) -> [Timestamp] {
    switch zone.resolve(local) {
    case .once(let instant): [instant]
    case .gap(let end): isMoreThanDaily ? [] : [end]
    case .twice(let first, let second): isMoreThanDaily ? [first, second] : [first]
    }
  }
}

/// One field of a cron expression: its name, its range and the names that its values may have.
private struct CronField: Sendable {
  let name: String
  let range: ClosedRange<Int>
  let names: [String]

  static let all = [
    CronField(name: "minute", range: 0...59, names: []),
    CronField(name: "hour", range: 0...23, names: []),
    CronField(name: "day of month", range: 1...31, names: []),
    CronField(
      name: "month", range: 1...12,
      names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    CronField(name: "day of week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
  ]

  func parse(_ text: Substring) throws(ModelError) -> Set<Int> {
    var result: Set<Int> = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      let step = try parts.count == 2 ? self.step(parts[1]) : 1
      let span = try self.span(parts[0], stepped: parts.count == 2)
      result.formUnion(stride(from: span.lowerBound, through: span.upperBound, by: step))
    }
    return result
  }

  private func span(_ text: Substring, stepped: Bool) throws(ModelError) -> ClosedRange<Int> {
    if text == "*" { return name == "day of week" ? 0...6 : range }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count <= 2 else { throw malformed(text) }
    let low = try value(ends[0])
    let high = ends.count == 2 ? try value(ends[1]) : (stepped ? range.upperBound : low)
    guard low <= high else { throw ModelError(.malformedCron, "'\(text)' ends before it begins") }
    return low...high
  }

  private func step(_ text: Substring) throws(ModelError) -> Int {
    guard let step = Int(text), step > 0, step <= range.upperBound else {
      throw ModelError(.malformedCron, "'/\(text)' is no step: write a number from 1 to \(range.upperBound)")
    }
    return step
  }

  private func value(_ text: Substring) throws(ModelError) -> Int {
    if let index = names.firstIndex(of: text.lowercased()) { return index + range.lowerBound }
    guard let number = Int(text), range.contains(number), text.allSatisfy(\.isNumber) else { throw malformed(text) }
    return number
  }

  private func malformed(_ text: Substring) -> ModelError {
    ModelError(.malformedCron, "'\(text)' is no \(name): write \(range.lowerBound) to \(range.upperBound)")
  }
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
