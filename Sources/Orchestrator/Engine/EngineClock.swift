// SPDX-License-Identifier: Apache-2.0

public import AssetModel
import Foundation

/// The engine's only source of time: one clock that people set, and one that only runs forward.
public protocol EngineClock: Sendable {
  /// The wall clock, which may be set forward and back: events are stamped with it, and schedules go by it.
  var now: Timestamp { get }

  /// How long it is since some instant. It is never set, and stands still while the machine is suspended: retries, deadlines, patience
  /// and grace go by it.
  var uptime: Duration { get }

  /// Returns once ``uptime`` has come so far, or after; throws when its task is cancelled.
  func sleep(until uptime: Duration) async throws
}

/// The machine's clocks.
public struct SystemClock: EngineClock {
  private static let start = SuspendingClock.now

  public init() {}

  public var now: Timestamp { Timestamp(Date()) }
  public var uptime: Duration { Self.start.duration(to: .now) }

  public func sleep(until uptime: Duration) async throws {
    try await Task.sleep(until: Self.start.advanced(by: uptime), clock: .suspending)
  }
}
