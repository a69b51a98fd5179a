// SPDX-License-Identifier: Apache-2.0

/// The delays between attempts: each up to twice the one before, and drawn at random below that, so that many who lost one
/// server do not return to it at one instant.
struct Backoff {
  private var next: Duration
  private let longest: Duration

  init(_ limits: PostgresLimits) {
    next = limits.firstDelay
    longest = limits.longestDelay
  }

  mutating func delay() -> Duration {
    defer { next = min(next * 2, longest) }
    return next * Double.random(in: 0.5...1)
  }
}
