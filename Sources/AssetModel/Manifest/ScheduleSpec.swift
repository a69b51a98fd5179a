// SPDX-License-Identifier: Apache-2.0

/// A launch that a team wants at certain times (semantics 21).
public struct ScheduleSpec: Hashable, Sendable, Codable {
  /// Which partitions a tick launches.
  public enum Partition: String, Hashable, Sendable, Codable {
    /// The last window closed at the tick's instant.
    case latest
    /// Every partition that exists at the tick's instant.
    case all
  }

  /// Unique within the location.
  public let name: String
  public let cron: CronExpression
  public let zone: Zone
  /// Only assets of the schedule's own location are selected.
  public let selection: Selection
  public let partition: Partition
  public let description: String?

  public init(
    name: String, cron: CronExpression, zone: Zone, selection: Selection, partition: Partition = .latest,
    description: String? = nil
  ) {
    self.name = name
    self.cron = cron
    self.zone = zone
    self.selection = selection
    self.partition = partition
    self.description = description
  }
}
