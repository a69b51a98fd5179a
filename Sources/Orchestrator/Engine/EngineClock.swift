// SPDX-License-Identifier: Apache-2.0

public import AssetModel
import Foundation

/// The engine's only source of time.
public protocol EngineClock: Sendable {
  var now: Timestamp { get }

  /// Returns at an instant or after, or throws when its task is cancelled.
  func sleep(until instant: Timestamp) async throws
}

/// The machine's wall clock.
public struct SystemClock: EngineClock {
  /// The longest nap, so that a clock that is set back or forward is noticed.
  private static let nap: Duration = .seconds(30)

  public init() {}

  public var now: Timestamp { Timestamp(Date()) }

  public func sleep(until instant: Timestamp) async throws {
    while now < instant { try await Task.sleep(for: min(instant - now, Self.nap)) }
  }
}
