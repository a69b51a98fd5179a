// SPDX-License-Identifier: Apache-2.0

/// How often, and after which delays, a failed attempt is followed by another.
public struct RetryPolicy: Hashable, Sendable, Codable {
  /// Attempts in all, at least 1 and at most ``Limits/attemptsPerStep``.
  public let maxAttempts: Int
  /// The delay before the second attempt.
  public let delay: Duration
  /// What each further delay is multiplied by; 1 for a constant delay.
  public let backoff: Double
  /// No delay is longer than this.
  public let maxDelay: Duration
  /// The share of the delay that is random, 0 to 1: a delay d becomes one in [d × (1 − jitter), d].
  public let jitter: Double

  public static let none = RetryPolicy(maxAttempts: 1)

  public init(
    maxAttempts: Int, delay: Duration = .seconds(1), backoff: Double = 2, maxDelay: Duration = .seconds(300),
    jitter: Double = 0.5
  ) {
    self.maxAttempts = min(max(1, maxAttempts), Limits.attemptsPerStep)
    self.delay = max(.zero, delay)
    self.backoff = max(1, backoff)
    self.maxDelay = max(.zero, maxDelay)
    self.jitter = min(max(0, jitter), 1)
  }

  /// The delay after attempt `attempt` (1 for the first), for a uniform `random` in [0, 1).
  public func delay(afterAttempt attempt: Int, random: Double) -> Duration {
    var microseconds = Double(delay.wholeMicroseconds)
    let ceiling = Double(maxDelay.wholeMicroseconds)
    for _ in 1..<max(1, min(attempt, Limits.attemptsPerStep)) where microseconds < ceiling { microseconds *= backoff }
    return .microseconds(Int64(min(microseconds, ceiling) * (1 - jitter * random)))
  }
}
