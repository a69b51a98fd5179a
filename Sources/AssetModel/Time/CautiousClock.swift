// SPDX-License-Identifier: Apache-2.0

/// The instant by which old things are taken away for good: the wall clock, unless that was set lately.
///
/// After it was set it is the earlier of the wall clock and what that would be had nobody set it, so that a clock that is ahead for a while
/// ends nothing early. A clock that stays as it was set is believed after ``patience``.
package struct CautiousClock: Sendable {
  /// How long a wall clock must stay as it was set, while the machine runs: less than a laptop's day.
  package static let patience: Duration = .seconds(6 * 3_600)

  private var clock: RunningClock?
  /// The uptime at which it was set last.
  private var setAt: Duration?

  package init() {}

  package mutating func read(wall: Timestamp, uptime: Duration) -> Timestamp {
    if let setAt, uptime - setAt >= Self.patience { (clock, self.setAt) = (nil, nil) }
    var known = clock ?? RunningClock(ClockReading(wall: wall, running: wall), uptime: uptime)
    let (reading, step) = known.read(wall: wall, uptime: uptime)
    clock = known
    if step != nil { setAt = uptime }
    return min(reading.wall, reading.running)
  }
}
