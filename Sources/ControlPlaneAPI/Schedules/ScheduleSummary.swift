// SPDX-License-Identifier: Apache-2.0

/// A schedule of a location.
package struct ScheduleSummary: Hashable, Sendable, Codable {
  package let location: String
  package let name: String
  package let description: String?
  /// Five fields: minute, hour, day of month, month, day of week.
  package let cron: String
  package let zone: String
  package let selection: String
  /// `latest` or `all`.
  package let partition: String
  package let paused: Bool
  package let lastTick: Instant?
  /// The run that the last tick began, where it began one.
  package let lastRun: UInt64?
  /// Why the last tick began none, where it did not.
  package let lastProblem: String?
  /// How many ticks before the last one were missed; nil for none.
  package let lastSkipped: Int?
  /// Runs that it has begun and that have not ended: one after the other where it ticks faster than they end.
  package let runsInProgress: Int
  /// Absent while paused.
  package let nextTick: Instant?

  package init(
    location: String, name: String, description: String? = nil, cron: String, zone: String, selection: String,
    partition: String, paused: Bool, lastTick: Instant? = nil, lastRun: UInt64? = nil,
    lastProblem: String? = nil, lastSkipped: Int? = nil, runsInProgress: Int = 0, nextTick: Instant? = nil
  ) {
    self.location = location
    self.name = name
    self.description = description
    self.cron = cron
    self.zone = zone
    self.selection = selection
    self.partition = partition
    self.paused = paused
    self.lastTick = lastTick
    self.lastRun = lastRun
    self.lastProblem = lastProblem
    self.lastSkipped = lastSkipped
    self.runsInProgress = runsInProgress
    self.nextTick = nextTick
  }
}
