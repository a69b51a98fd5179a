// SPDX-License-Identifier: Apache-2.0

extension CronExpression {
  /// The first tick after an instant.
  ///
  /// Times of day that it names come once a day: in a gap of daylight saving at the gap's end, in an overlap the first time. Ticks of a
  /// wildcard or a step in minute or hour are skipped in a gap, and come twice in an overlap (semantics 21).
  public func next(after instant: Timestamp, in zone: Zone) -> Timestamp {
    var work = 0
    return next(after: instant, in: zone, counting: &work)
  }

  /// - Parameter work: grows by the months and offsets that were looked at.
  package func next(after instant: Timestamp, in zone: Zone, counting work: inout Int) -> Timestamp {
    // Clocks that are put back over midnight bring a part of yesterday again.
    var from = zone.local(at: instant).day.advanced(by: -1)
    // A leap day can be eight years away, and a weekday on it 40.
    let end = from.advanced(by: 366 * 41)
    while let day = firstDay(from: from, before: end, counting: &work) {
      let offsets = DayOffsets(of: day, in: zone, counting: &work)
      if let tick = firstTick(on: day, after: instant, offsets) {
        let isAlone = offsets.isEven || firstDay(from: day.advanced(by: 1), before: day.advanced(by: 2), counting: &work) == nil
        if isAlone { return tick }
        let following = day.advanced(by: 1)
        let beside = DayOffsets(of: following, in: zone, counting: &work)
        return firstTick(on: following, after: instant, beside).map { min(tick, $0) } ?? tick
      }
      from = day.advanced(by: 1)
    }
    return Timestamp(microseconds: .max)
  }

  /// The last tick at or before an instant and after `earliest`, and how many lie between; nil when there is none.
  ///
  /// Its cost grows with the days between on which it ticks, not with the ticks.
  public func latest(
    after earliest: Timestamp, through instant: Timestamp, in zone: Zone
  ) -> (tick: Timestamp, skipped: Int)? {
    var work = 0
    return latest(after: earliest, through: instant, in: zone, counting: &work)
  }

  /// - Parameter work: grows by the months and offsets that were looked at.
  package func latest(
    after earliest: Timestamp, through instant: Timestamp, in zone: Zone, counting work: inout Int
  ) -> (tick: Timestamp, skipped: Int)? {
    guard earliest < instant else { return nil }
    var found = Found()
    var from = zone.local(at: earliest).day.advanced(by: -1)
    let end = zone.local(at: instant).day.advanced(by: 2)
    while let day = firstDay(from: from, before: end, counting: &work) {
      count(on: day, after: earliest, through: instant, DayOffsets(of: day, in: zone, counting: &work), &found)
      from = day.advanced(by: 1)
    }
    return found.last.map { (Timestamp(seconds: $0), found.count - 1) }
  }

  private struct Found {
    var count = 0
    var last: Int64?
  }

  // MARK: Days

  /// The first day from one on, and before another, on which it may tick; a month is looked at as a whole.
  private func firstDay(from first: CivilDate, before end: CivilDate, counting work: inout Int) -> CivilDate? {
    var day = first
    while day < end {
      work += 1
      let (year, month, date) = day.components
      let length = CivilDate.length(ofMonth: month, in: year)
      if months.contains(month) {
        let matching = days(inMonthBeginningOn: day.advanced(by: 1 - date).weekday, of: length).from(date)
        if let found = matching.first {
          let result = day.advanced(by: found - date)
          return result < end ? result : nil
        }
      }
      day = day.advanced(by: length - date + 1)
    }
    return nil
  }

  private func days(inMonthBeginningOn weekday: Int, of length: Int) -> SmallSet {
    var byWeekday = SmallSet()
    for offset in 0..<7 where weekdays.contains((weekday + offset) % 7) { byWeekday.formUnion(SmallSet.weekly(from: offset + 1)) }
    let matching = eitherDay ? days.union(byWeekday) : days.intersection(byWeekday)
    return matching.through(length)
  }

  // MARK: Ticks of a day

  private func firstTick(on day: CivilDate, after instant: Timestamp, _ offsets: DayOffsets) -> Timestamp? {
    // Ticks are whole seconds.
    let earliest = instant.seconds + 1
    let midnight = LocalTime(day: day, second: 0).secondsSince1970
    if isFixed {
      let first = times { offsets.reach(midnight + $0) < earliest }
      return first < timesOfDay ? Timestamp(seconds: offsets.reach(midnight + second(ofTime: first))) : nil
    }
    for span in offsets.spans {
      let (from, end) = span.seconds(from: earliest, before: .max, since: midnight)
      if let second = first(from: from), second < end { return Timestamp(seconds: midnight + Int64(second) - span.offset) }
    }
    return nil
  }

  private func count(
    on day: CivilDate, after earliest: Timestamp, through instant: Timestamp, _ offsets: DayOffsets, _ found: inout Found
  ) {
    let (first, limit) = (earliest.seconds + 1, instant.seconds + 1)
    let midnight = LocalTime(day: day, second: 0).secondsSince1970
    if isFixed { return countFixed(from: first, before: limit, since: midnight, offsets, &found) }
    for span in offsets.spans {
      let (from, end) = span.seconds(from: first, before: limit, since: midnight)
      guard from < end, case let ticks = count(before: end) - count(before: from), ticks > 0 else { continue }
      found.count += ticks
      guard let second = last(before: end) else { continue }
      found.last = max(found.last ?? .min, midnight + Int64(second) - span.offset)
    }
  }

  private func countFixed(
    from first: Int64, before limit: Int64, since midnight: Int64, _ offsets: DayOffsets, _ found: inout Found
  ) {
    func ticks(before instant: Int64) -> Int { times { offsets.reach(midnight + $0) < instant } }
    let (low, high) = (ticks(before: first), ticks(before: limit))
    guard low < high else { return }
    found.count += high - low
    // Those of one gap come together at its end, also with those of the day before.
    for span in offsets.spans.dropFirst() where span.start >= first && span.start < limit {
      found.count -= max(0, ticks(before: span.start + 1) - ticks(before: span.start) - 1)
    }
    if offsets.reach(midnight + second(ofTime: low)) == found.last { found.count -= 1 }
    found.last = offsets.reach(midnight + second(ofTime: high - 1))
  }

  // MARK: Seconds of a day

  private var timesOfDay: Int { minutes.count * hours.count }

  private func second(ofTime index: Int) -> Int64 {
    Int64(hours[index / minutes.count] * 3_600 + minutes[index % minutes.count] * 60)
  }

  /// How many times of day, from the first one on, are such; each later one is not where one is not.
  private func times(_ areSuch: (Int64) -> Bool) -> Int {
    var (low, high) = (0, timesOfDay)
    while low < high {
      let middle = (low + high) / 2
      if areSuch(second(ofTime: middle)) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func first(from second: Int) -> Int? {
    for hour in hours where hour * 3_600 + 3_540 >= second {
      for minute in minutes where hour * 3_600 + minute * 60 >= second { return hour * 3_600 + minute * 60 }
    }
    return nil
  }

  private func last(before second: Int) -> Int? {
    for hour in hours.reversed() where hour * 3_600 < second {
      for minute in minutes.reversed() where hour * 3_600 + minute * 60 < second { return hour * 3_600 + minute * 60 }
    }
    return nil
  }

  private func count(before second: Int) -> Int {
    var count = 0
    for hour in hours where hour * 3_600 < second {
      let isWhole = hour * 3_600 + 3_540 < second
      count += isWhole ? minutes.count : minutes.count { hour * 3_600 + $0 * 60 < second }
    }
    return count
  }
}
