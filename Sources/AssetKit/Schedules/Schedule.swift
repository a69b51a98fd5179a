// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// A launch of some of the location's assets at certain times.
public struct Schedule: Definition {
  package let name: String
  package let cron: String
  package let zone: String
  package let selection: String
  package let partition: ScheduleSpec.Partition
  package let description: String?
  package let source: SourcePlace

  /// Declares a schedule.
  ///
  /// - Parameters:
  ///   - name: unique within the location.
  ///   - cron: five fields; see ``CronExpression``.
  ///   - zone: an IANA time zone such as `Europe/Zurich`, or `UTC`.
  ///   - selection: assets of this location: keys, `prefix/*`, `group:NAME`, `*`, with `+` and commas.
  ///   - partition: which partitions a tick launches.
  public init(
    _ name: String, cron: String, in zone: String, selecting selection: String,
    partition: ScheduleSpec.Partition = .latest, description: String? = nil, file: String = #filePath, line: Int = #line,
    column: Int = #column
  ) {
    self.name = name
    self.cron = cron
    self.zone = zone
    self.selection = selection
    self.partition = partition
    self.description = description
    source = SourcePlace(file: file, line: line, column: column)
  }

  public func define(in definitions: inout Definitions) { definitions.schedules.append(self) }
}
