// SPDX-License-Identifier: Apache-2.0

/// A line that a step of a run has logged.
package struct LogEntry: Hashable, Sendable, Codable {
  /// Grows along the run; give the last one back as `after`, and the next page follows.
  package let sequence: UInt64
  /// The journal's position of the event that brought the line; several lines may have one.
  package let position: UInt64
  package let at: Instant
  /// The step's ordinal.
  package let step: Int
  package let attempt: Int
  package let location: String?
  package let asset: String?
  package let partition: String?
  /// `debug`, `info`, `warning`, `error`.
  package let level: String
  package let message: String

  package init(
    sequence: UInt64, position: UInt64, at: Instant, step: Int, attempt: Int, location: String? = nil, asset: String? = nil,
    partition: String? = nil, level: String, message: String
  ) {
    self.sequence = sequence
    self.position = position
    self.at = at
    self.step = step
    self.attempt = attempt
    self.location = location
    self.asset = asset
    self.partition = partition
    self.level = level
    self.message = message
  }
}

extension LiveEvent {
  /// A line that was logged, as the live stream told it.
  package init(_ line: LogEntry, run: UInt64) {
    self.init(
      position: line.position, at: line.at, kind: .stepLog, run: run, step: line.step, attempt: line.attempt,
      location: line.location, asset: line.asset, partition: line.partition, state: line.level, message: line.message)
  }
}
