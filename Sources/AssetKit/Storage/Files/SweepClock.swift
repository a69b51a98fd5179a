// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Synchronization

/// The time that the grace of replaced versions goes by: a wall clock that is ahead for a while must take away none that is still read.
enum SweepClock {
  private static let start = SuspendingClock.now
  private static let clock = Mutex(CautiousClock())

  static var now: Timestamp {
    let uptime = start.duration(to: .now)
    return clock.withLock { $0.read(wall: Timestamp(Date()), uptime: uptime) }
  }
}
