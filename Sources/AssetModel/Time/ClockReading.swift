// SPDX-License-Identifier: Apache-2.0

/// What the clocks read at one instant.
public struct ClockReading: Hashable, Sendable {
  /// The wall clock: it may be set forward and back.
  public let wall: Timestamp
  /// Running time: it only runs forward, with time as it goes by. Spans are measured by it, and by nothing else.
  public let running: Timestamp

  public init(wall: Timestamp, running: Timestamp) {
    self.wall = wall
    self.running = running
  }
}
