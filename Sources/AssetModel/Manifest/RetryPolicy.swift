// SPDX-License-Identifier: Apache-2.0

/// How often, and after which delays, a failed attempt is followed by another.
public struct RetryPolicy: Hashable, Sendable {
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

  /// One attempt, and no other.
  public static let none = RetryPolicy(maxAttempts: 1)

  /// Values out of bounds are brought to the nearest bound.
  public init(
    maxAttempts: Int, delay: Duration = .seconds(1), backoff: Double = 2, maxDelay: Duration = .seconds(300),
    jitter: Double = 0.5
  ) {
    self.maxAttempts = min(max(1, maxAttempts), Limits.attemptsPerStep)
    self.delay = min(max(.zero, delay), Limits.retryDelay)
    self.backoff = backoff.isFinite ? max(1, backoff) : 1
    self.maxDelay = min(max(.zero, maxDelay), Limits.retryDelay)
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

extension RetryPolicy: Codable {
  private enum Field: String, CodingKey { case maxAttempts, delay, backoff, maxDelay, jitter }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    self.init(
      maxAttempts: try fields.decode(Int.self, forKey: .maxAttempts), delay: try fields.decode(Duration.self, forKey: .delay),
      backoff: try fields.decode(Double.self, forKey: .backoff), maxDelay: try fields.decode(Duration.self, forKey: .maxDelay),
      jitter: try fields.decode(Double.self, forKey: .jitter))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(maxAttempts, forKey: .maxAttempts)
    try fields.encode(delay, forKey: .delay)
    try fields.encode(backoff, forKey: .backoff)
    try fields.encode(maxDelay, forKey: .maxDelay)
    try fields.encode(jitter, forKey: .jitter)
  }
}
