// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Where a schedule is: ticks up to the cursor are done with, and of those after it the ones that have happened, while the clock was ahead.
package struct ScheduleState: Hashable, Sendable {
  package private(set) var cursor: Timestamp
  package var isPaused = false
  /// The ticks that have happened, as ranges that lack none in between, in order. Of too many the two that are farthest from the
  /// latest tick become one: what was skipped between them stays so.
  package private(set) var ticked: [ClosedRange<Timestamp>] = []

  package init(cursor: Timestamp, isPaused: Bool = false) {
    self.cursor = cursor
    self.isPaused = isPaused
  }

  /// As it was, from a snapshot; nil where it cannot have been.
  package init?(cursor: Timestamp, isPaused: Bool, ticked: [ClosedRange<Timestamp>]) {
    guard ticked.count <= ScheduleLimits.ranges, zip(ticked, ticked.dropFirst()).allSatisfy({ $0.upperBound < $1.lowerBound })
    else {
      return nil
    }
    self.init(cursor: cursor, isPaused: isPaused)
    self.ticked = ticked
  }

  /// A tick has happened, and those between it and the one before are done with, so many of them skipped.
  mutating func tick(at tick: Timestamp, skipped: Int) {
    var range = tick...tick
    // Without a gap it goes on where the last one was.
    let before = skipped == 0 ? ticked.first { $0.upperBound == cursor && $0.lowerBound < tick } : nil
    if let before { range = before.lowerBound...tick }
    for other in ticked where other.overlaps(range) {
      range = min(range.lowerBound, other.lowerBound)...max(range.upperBound, other.upperBound)
    }
    ticked.removeAll { $0.overlaps(range) }
    ticked.insert(range, at: ticked.firstIndex { $0.lowerBound > range.upperBound } ?? ticked.endIndex)
    if ticked.count > ScheduleLimits.ranges {
      let place = ticked.first == range ? ticked.count - 2 : 0
      ticked.replaceSubrange(place...place + 1, with: [ticked[place].lowerBound...ticked[place + 1].upperBound])
    }
    cursor = tick
  }

  /// It counts from an instant on: what comes after it is not done with, but for what has happened.
  mutating func count(from instant: Timestamp) { cursor = instant }

  /// The wall clock was set back: ticks that were skipped while it was ahead are still to come.
  mutating func setBack(to instant: Timestamp) { cursor = min(cursor, instant) }

  // MARK: What is to come

  /// The stretches after the cursor in which nothing has happened yet, between their bounds; the last has no end.
  private var ahead: [(after: Timestamp, before: Timestamp)] {
    var stretches: [(Timestamp, Timestamp)] = []
    var after = cursor
    for range in ticked where range.upperBound > cursor {
      if range.lowerBound > after { stretches.append((after, range.lowerBound)) }
      after = range.upperBound
    }
    return stretches + [(after, Timestamp(microseconds: .max))]
  }

  /// The next tick that has not happened.
  func next(of spec: ScheduleSpec, counting work: inout Int) -> Timestamp {
    for stretch in ahead.dropLast() {
      let tick = spec.cron.next(after: stretch.after, in: spec.zone, counting: &work)
      if tick < stretch.before { return tick }
    }
    return spec.cron.next(after: ahead.last?.after ?? cursor, in: spec.zone, counting: &work)
  }

  /// The last tick through an instant that has not happened, and how many others there are before it; nil when there is none.
  func latest(
    of spec: ScheduleSpec, through instant: Timestamp, counting work: inout Int
  ) -> (tick: Timestamp, skipped: Int)? {
    var found: (tick: Timestamp, skipped: Int)?
    for stretch in ahead where stretch.after < instant {
      let end = min(instant, stretch.before + .microseconds(-1))
      guard let last = spec.cron.latest(after: stretch.after, through: end, in: spec.zone, counting: &work) else { continue }
      found = (last.tick, last.skipped + (found.map { $0.skipped + 1 } ?? 0))
    }
    return found
  }
}

/// Bounds of what is kept of a schedule.
package enum ScheduleLimits {
  /// How many ranges of ticks without a gap are kept of a schedule: with each further gap two ranges become one.
  package static let ranges = 16
}
