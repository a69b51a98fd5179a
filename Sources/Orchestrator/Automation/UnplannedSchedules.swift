// SPDX-License-Identifier: Apache-2.0

import AssetModel
import DequeModule

/// Schedules whose next tick is to be worked out, by location: the locations take turns, and one that rests has none.
struct UnplannedSchedules: Sendable {
  private var queues: [LocationName: ArraySlice<ScheduleSpec>] = [:]
  /// The locations with such schedules, the next one first.
  private var turns: Deque<LocationName> = []

  var isEmpty: Bool { queues.isEmpty }

  /// Whether there are some of locations other than these.
  func isDue(without resting: (LocationName) -> Bool) -> Bool { turns.contains { !resting($0) } }

  /// Has all schedules of a location looked at, instead of what was left of those before.
  mutating func put(_ schedules: [ScheduleSpec], of location: LocationName) {
    let isNew = queues[location] == nil
    queues[location] = schedules.isEmpty ? nil : schedules[...]
    if schedules.isEmpty, !isNew { turns.removeAll { $0 == location } }
    if !schedules.isEmpty, isNew { turns.append(location) }
  }

  mutating func next(without resting: (LocationName) -> Bool) -> ScheduleID? {
    guard let turn = turns.firstIndex(where: { !resting($0) }) else { return nil }
    let location = turns.remove(at: turn)
    guard let spec = queues[location]?.popFirst() else { return nil }
    if queues[location]?.isEmpty == true { queues[location] = nil } else { turns.append(location) }
    return ScheduleID(location: location, name: spec.name)
  }
}

/// What the reminder of a schedule's next tick was worked out from; as long as it is there, so is the reminder.
struct PlannedTick: Hashable, Sendable {
  private let cron: CronExpression
  private let zone: Zone
  private let cursor: Timestamp

  init(_ spec: ScheduleSpec, after cursor: Timestamp) {
    cron = spec.cron
    zone = spec.zone
    self.cursor = cursor
  }
}
