// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Every bound on what the daemon's own log says of runs and steps.
package enum EventLogLimits {
  /// Assets of a step, and checks of a version, that a line names; further ones are counted.
  package static let names = 5
  /// Bytes of a failure's message, or of a selection.
  package static let messageBytes = 1_024
  /// Lines about one location's steps and scheduled runs in a minute; further ones are counted in a line of their own.
  package static let linesPerMinute = 600
}

/// How many lines each location has had in the present minute.
struct LineShares {
  private var minute = Int64.min
  private var lines: [LocationName: Int] = [:]

  /// What was left out of the minutes before the one of an instant.
  mutating func turn(to now: Timestamp) -> [(location: LocationName, count: Int)] {
    let (next, _) = now.seconds.quotientAndRemainder(dividingBy: 60)
    // A clock that is set back begins a minute, too.
    guard next != minute else { return [] }
    minute = next
    return takeLeftOut()
  }

  /// What was left out so far; counting begins anew.
  mutating func takeLeftOut() -> [(location: LocationName, count: Int)] {
    defer { lines.removeAll(keepingCapacity: true) }
    return lines.compactMap { location, count in
      count > EventLogLimits.linesPerMinute ? (location, count - EventLogLimits.linesPerMinute) : nil
    }.sorted { $0.location < $1.location }
  }

  /// - Returns: whether the location may have another line.
  mutating func take(_ location: LocationName) -> Bool {
    lines[location, default: 0] += 1
    return lines[location, default: 0] <= EventLogLimits.linesPerMinute
  }
}
