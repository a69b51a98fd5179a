// SPDX-License-Identifier: Apache-2.0

extension CronExpression {
  /// The first tick after an instant.
  ///
  /// In a gap of daylight saving, daily and rarer ticks come at the gap's end and more frequent ones are skipped; in an overlap
  /// daily ones come once and more frequent ones twice (semantics 21).
  public func next(after instant: Timestamp, in zone: Zone) -> Timestamp {
    // Clocks that are put back over midnight bring a part of yesterday again.
    var day = zone.local(at: instant).day.advanced(by: -1)
    // A leap day can be eight years away, and a weekday on it 40.
    let end = day.advanced(by: 366 * 41)
    while day < end {
      if let later = laterMonth(than: day) {
        day = later
        continue
      }
      if let tick = firstTick(on: day, after: instant, in: zone) {
        let overlapping = isPlain(day, in: zone) ? nil : firstTick(on: day.advanced(by: 1), after: instant, in: zone)
        return min(tick, overlapping ?? tick)
      }
      day = day.advanced(by: 1)
    }
    return Timestamp(microseconds: .max)
  }

  /// The last tick at or before an instant and after `earliest`, and how many lie between; nil when there is none.
  ///
  /// Its cost grows with the days between, not with the ticks.
  public func latest(
    after earliest: Timestamp, through instant: Timestamp, in zone: Zone
  ) -> (tick: Timestamp, skipped: Int)? {
    guard earliest < instant else { return nil }
    var plain = 0
    var others: Set<Timestamp> = []
    var last = earliest
    let end = zone.local(at: instant).day.advanced(by: 1)
    var day = zone.local(at: earliest).day.advanced(by: -1)
    while day <= end {
      defer { day = day.advanced(by: 1) }
      guard matches(day) else { continue }
      if isPlain(day, in: zone) {
        let ticks = plainTicks(on: day, after: earliest, through: instant, in: zone)
        plain += ticks.count
        last = max(last, ticks.last ?? last)
      } else {
        let ticks = unevenTicks(on: day, in: zone).filter { $0 > earliest && $0 <= instant }
        others.formUnion(ticks)
        last = max(last, ticks.max() ?? last)
      }
    }
    let count = plain + others.count
    return count == 0 ? nil : (last, count - 1)
  }

  /// The first day of the next month, where no day of this one can match: most of the days of a rare tick are passed over so.
  private func laterMonth(than day: CivilDate) -> CivilDate? {
    let (year, month, _) = day.components
    guard !months.contains(month) else { return nil }
    return month == 12 ? CivilDate(year: year + 1, month: 1, day: 1) : CivilDate(year: year, month: month + 1, day: 1)
  }

  private func matches(_ day: CivilDate) -> Bool {
    let (_, month, date) = day.components
    guard months.contains(month) else { return false }
    let byDate = days.contains(date)
    let byWeekday = weekdays.contains(day.weekday)
    return eitherDay ? byDate || byWeekday : byDate && byWeekday
  }

  /// Whether a day is 24 hours of one offset, with no change so near that hours of it could come again beside it.
  private func isPlain(_ day: CivilDate, in zone: Zone) -> Bool {
    let start = zone.startOfDay(day)
    let end = zone.startOfDay(day.advanced(by: 1))
    let margin = Duration.seconds(3 * 3_600)
    return end - start == .seconds(86_400) && zone.offset(at: start + (.zero - margin)) == zone.offset(at: end + margin)
  }

  private func firstTick(on day: CivilDate, after instant: Timestamp, in zone: Zone) -> Timestamp? {
    guard matches(day) else { return nil }
    guard isPlain(day, in: zone) else { return unevenTicks(on: day, in: zone).filter { $0 > instant }.min() }
    let start = zone.startOfDay(day)
    let elapsed = (instant - start).components.seconds
    for hour in hours where Int64(hour + 1) * 3_600 > elapsed {
      for minute in minutes {
        let tick = start + .seconds(hour * 3_600 + minute * 60)
        if tick > instant { return tick }
      }
    }
    return nil
  }

  private func plainTicks(
    on day: CivilDate, after earliest: Timestamp, through instant: Timestamp, in zone: Zone
  ) -> (count: Int, last: Timestamp?) {
    let start = zone.startOfDay(day)
    let isWhole = start > earliest && start + .seconds(86_400) <= instant
    if isWhole { return (hours.count * minutes.count, start + .seconds(hours.last! * 3_600 + minutes.last! * 60)) }
    let ticks = hours.flatMap { hour in minutes.map { minute in start + .seconds(hour * 3_600 + minute * 60) } }
      .filter { $0 > earliest && $0 <= instant }
    return (ticks.count, ticks.last)
  }

  /// The ticks of a day on or beside which the clocks change, in no order.
  private func unevenTicks(on day: CivilDate, in zone: Zone) -> [Timestamp] {
    hours.flatMap { hour in
      minutes.flatMap { minute in resolved(LocalTime(day: day, second: hour * 3_600 + minute * 60), in: zone) }
    }
  }

  private func resolved(_ local: LocalTime, in zone: Zone) -> [Timestamp] {
    switch zone.resolve(local) {
    case .once(let instant): [instant]
    case .gap(let end): isMoreThanDaily ? [] : [end]
    case .twice(let first, let second): isMoreThanDaily ? [first, second] : [first]
    }
  }
}
