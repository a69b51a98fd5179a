// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Ticks by the plain reading of semantics 21: every minute of a day is looked up by itself. Slow, and a model for what is fast.
struct PlainCron {
  var minutes: [Int] = Array(0...59)
  var hours: [Int] = Array(0...23)
  var days: [Int]?
  var months: [Int] = Array(1...12)
  var weekdays: [Int]?

  /// Whether minutes are written with steps.
  var isStepped = false

  private static func text(_ values: [Int]) -> String { values.map(String.init).joined(separator: ",") }

  var expression: String {
    [
      minutes.count == 60 ? "*" : isStepped ? minutes.map { "\($0)-\($0)/1" }.joined(separator: ",") : Self.text(minutes),
      hours.count == 24 ? "*" : Self.text(hours), days.map(Self.text) ?? "*", Self.text(months), weekdays.map(Self.text) ?? "*",
    ].joined(separator: " ")
  }

  /// Whether it names its times of day.
  private var isFixed: Bool { minutes.count < 60 && hours.count < 24 && !isStepped }

  private func matches(_ day: CivilDate) -> Bool {
    let (_, month, date) = day.components
    guard months.contains(month) else { return false }
    switch (days, weekdays) {
    case (nil, nil): return true
    case (let days?, nil): return days.contains(date)
    case (nil, let weekdays?): return weekdays.contains(day.weekday)
    case (let days?, let weekdays?): return days.contains(date) || weekdays.contains(day.weekday)
    }
  }

  private func ticks(on day: CivilDate, in zone: Zone) -> [Timestamp] {
    guard matches(day) else { return [] }
    return hours.flatMap { hour in
      minutes.flatMap { minute -> [Timestamp] in
        switch zone.resolve(LocalTime(day: day, second: hour * 3_600 + minute * 60)) {
        case .once(let instant): [instant]
        case .gap(let end): isFixed ? [end] : []
        case .twice(let first, let second): isFixed ? [first] : [first, second]
        }
      }
    }
  }

  /// The ticks after an instant, on the days up to so many after its own.
  func ticks(after instant: Timestamp, days count: Int, in zone: Zone) -> [Timestamp] {
    let today = zone.local(at: instant).day
    let all = (-1...count).flatMap { ticks(on: today.advanced(by: $0), in: zone) }
    return Set(all.filter { $0 > instant }).sorted()
  }
}
