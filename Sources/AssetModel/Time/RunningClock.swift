// SPDX-License-Identifier: Apache-2.0

/// Makes running time of a wall clock, which may be set, and of the time that goes by.
///
/// As long as nobody sets the wall clock it is followed, slewed as it may be. Once it is off by more than ``tolerance`` from what went by
/// since it was last set, it was set again, or the machine was suspended: running time goes on as if nothing had happened.
package struct RunningClock: Sendable {
  /// How far the wall clock may be off before that counts as being set; running time is off by as much at most.
  package static let tolerance: Duration = .seconds(1)

  private var anchor: (reading: ClockReading, uptime: Duration)
  private var last: Timestamp

  package init(_ reading: ClockReading, uptime: Duration) {
    anchor = (reading, uptime)
    last = reading.running
  }

  /// - Returns: also by how much the wall clock was set since it was last read; nil where it was not.
  package mutating func read(wall: Timestamp, uptime: Duration) -> (reading: ClockReading, step: Duration?) {
    let gone = max(.zero, uptime - anchor.uptime)
    let moved = wall - anchor.reading.wall
    let step = moved - gone
    let isSet = step > Self.tolerance || step < .zero - Self.tolerance
    last = max(last, anchor.reading.running + (isSet ? gone : moved))
    let reading = ClockReading(wall: wall, running: last)
    if isSet { anchor = (reading, uptime) }
    return (reading, isSet ? step : nil)
  }
}
