// SPDX-License-Identifier: Apache-2.0

/// Every bound on what the daemon's own log says of locations, runs and steps.
package enum EventLogLimits {
  /// Assets of a step, and checks of a version, that a line names; further ones are counted.
  package static let names = 5
  /// Bytes of what a line quotes: a failure's message, an error of storage, a reason, a selection.
  package static let messageBytes = 1_024
  /// Lines about one location in a minute, whatever they tell of it; further ones are counted in a line of their own.
  package static let linesPerMinute = 600
  /// Bytes of those lines, as they are written: what is escaped takes up to six times as many.
  package static let bytesPerMinute = 1 << 20
  /// What a line counts of these beside what it says: instant, level, names of fields.
  package static let lineBytes = 100
}
