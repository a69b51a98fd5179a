// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Synchronization

/// The time that the grace of replaced versions goes by: a wall clock that is ahead for a while must take away none that is still read.
enum SweepClock {
  private static let start = SuspendingClock.now
  private static let clock = Mutex(RunningClock(ClockReading(wall: wall, running: wall), uptime: uptime))

  private static var wall: Timestamp { Timestamp(Date()) }
  private static var uptime: Duration { start.duration(to: .now) }

  /// The wall clock, or running time where that is earlier.
  static var now: Timestamp {
    let reading = clock.withLock { $0.read(wall: wall, uptime: uptime).reading }
    return min(reading.wall, reading.running)
  }
}
