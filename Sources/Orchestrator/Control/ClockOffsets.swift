// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// How far journal time is ahead of the clocks, in microseconds; negative where it is behind. As long as nobody sets the wall clock, all
/// three are the same.
package struct ClockOffsets: Hashable, Sendable {
  /// Ahead of running time.
  package var running: Int64 = 0
  /// Ahead of the wall clock.
  package var wall: Int64 = 0

  package init() {}

  package init(running: Int64, wall: Int64) {
    self.running = running
    self.wall = wall
  }

  init(of reading: ClockReading, at now: Timestamp) {
    running = now.microseconds &- reading.running.microseconds
    wall = now.microseconds &- reading.wall.microseconds
  }

  /// Differences that are not worth an event.
  private static let grain: UInt64 = 1_000

  func isAbout(_ other: ClockOffsets) -> Bool {
    (running &- other.running).magnitude < Self.grain && (wall &- other.wall).magnitude < Self.grain
  }
}

extension State {
  /// Running time at the last event.
  package var running: Timestamp { Timestamp(microseconds: now.microseconds &- clock.running) }
  /// The wall clock at the last event.
  package var wall: Timestamp { Timestamp(microseconds: now.microseconds &- clock.wall) }

  /// An instant of running time as people would read it off the wall clock now.
  func shown(_ running: Timestamp) -> Timestamp {
    Timestamp(microseconds: running.microseconds &+ clock.running &- clock.wall)
  }
}

/// When a core wants to be asked next: at an instant of running time or of the wall clock, whichever comes first.
package struct Wake: Hashable, Sendable {
  package let running: Timestamp?
  package let wall: Timestamp?

  package init(running: Timestamp?, wall: Timestamp?) {
    self.running = running
    self.wall = wall
  }

  /// How long that is from a reading, if nobody sets the clock; nil for never, and negative where it is over.
  package func wait(from reading: ClockReading) -> Duration? {
    let span = running.map { $0 - reading.running }
    let tick = wall.map { $0 - reading.wall }
    guard let span, let tick else { return span ?? tick }
    return min(span, tick)
  }

  /// Whether it asks for an instant that comes before the other's.
  func isBefore(_ other: Wake) -> Bool {
    func isBefore(_ instant: Timestamp?, _ other: Timestamp?) -> Bool {
      guard let instant else { return false }
      return other.map { instant < $0 } ?? true
    }
    return isBefore(running, other.running) || isBefore(wall, other.wall)
  }
}
