// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// How much of what schedules launch is journaled: ticks and plans of runs, by location and day of UTC.
///
/// A schedule whose tick goes beyond that says so once, and rests for the day. It is no state: after a restart a location has its
/// share anew.
struct ScheduleQuotas: Sendable {
  /// What a tick, and a run without its nodes, take in the journal and in the tables.
  static let tickBytes = 256

  private var days = PeriodUse.daily
  /// The schedules that rest, and on which day.
  private var resting: [ScheduleID: Int64] = [:]

  private func day(of now: Timestamp) -> Int64 { now.seconds / 86_400 }

  /// Until when a schedule rests; nil where it does not.
  func rest(of id: ScheduleID, at now: Timestamp) -> Timestamp? {
    guard let day = resting[id], day == self.day(of: now) else { return nil }
    return Timestamp(seconds: (day + 1) * 86_400)
  }

  /// Takes bytes of the day's share where it has as many; else the schedule rests.
  mutating func take(_ bytes: Int, for id: ScheduleID, within limit: Int, at now: Timestamp) -> Bool {
    if days.take(bytes, of: id.location, within: limit, at: now) {
      if !resting.isEmpty { resting[id] = nil }
      return true
    }
    resting[id] = day(of: now)
    return false
  }
}

extension RunPlan {
  /// About how many bytes it takes in the journal, and in the tables once more.
  var storedBytes: Int {
    var bytes = 2 * (ScheduleQuotas.tickBytes + selection.utf8.count)
    // Keys are stored once in each plan, and never compared here: there may be many that differ in their last alone.
    var keys: Set<Int> = []
    func add(_ space: PartitionSpace) {
      if case .keys(let known) = space, !keys.insert(known.fingerprint).inserted { return }
      bytes += 2 * space.storedBytes
    }
    for node in nodes {
      bytes += 2 * node.storedBytes
      add(node.space)
    }
    for (asset, fixed) in fixedUpstreams {
      bytes += asset.utf8Count
      add(fixed.space)
    }
    return bytes
  }
}

extension PlannedNode {
  fileprivate var storedBytes: Int {
    // Beside each text its length and its number, beside each node its own, and two numbers for each range.
    outputs.reduce(16 + step.utf8.count + 8 * partitions.ranges.count) { $0 + $1.utf8Count + 6 }
  }
}

extension AssetKey {
  fileprivate var utf8Count: Int { description.utf8.count }
}

extension PartitionSpace {
  /// About how many bytes it takes where it is stored.
  fileprivate var storedBytes: Int {
    switch self {
    case .single: 2
    case .keys(let keys): keys.bytes + 4 * keys.all.count
    case .daily, .hourly: 32
    }
  }
}
