// SPDX-License-Identifier: Apache-2.0

/// How much of the daemon's time a location may take by what comes to nothing: a bucket that fills with time, with what was taken too
/// much carried over. What a step that runs has to say costs it a fraction of what it takes: ten thousand steps a second with a kilobyte
/// of metadata each are still within its share.
///
/// | it has sent | it counts |
/// | --- | --- |
/// | a message, whatever is in it | ``messageCost``, and ``carriedByteCost`` for each of its bytes |
/// | an event that came to nothing | ``eventCost`` |
/// | bytes of those | ``byteCost`` each |
///
/// Where the bucket is empty, nothing more is read from the location until it is not: its own reports wait, and nobody else's.
package struct TalkBudget: Hashable, Sendable {
  /// About what reading one message takes.
  package static let messageCost: Duration = .microseconds(20)
  /// About what reading an event and finding that it is about nothing takes.
  package static let eventCost: Duration = .microseconds(5)
  /// About what decoding a byte takes.
  package static let byteCost: Duration = .nanoseconds(20)
  /// What a byte costs whatever comes of it.
  package static let carriedByteCost: Duration = .nanoseconds(3)
  /// How much time a second gives, and how much may be saved.
  package static let share = 0.05
  package static let most: Duration = .milliseconds(500)
  /// The longest that one message makes the next wait; the rest is carried over.
  package static let longestWait: Duration = .seconds(8)

  private var credit = TalkBudget.most
  private var at: ContinuousClock.Instant

  package init(at now: ContinuousClock.Instant) { at = now }

  package mutating func charge(_ cost: Duration, at now: ContinuousClock.Instant) {
    fill(at: now)
    credit -= cost
  }

  /// How long to wait before anything more is read; zero where it may be read at once.
  package mutating func wait(at now: ContinuousClock.Instant) -> Duration {
    fill(at: now)
    return credit >= .zero ? .zero : min(Self.longestWait, .zero - credit / Self.share)
  }

  private mutating func fill(at now: ContinuousClock.Instant) {
    guard now > at else { return }
    credit = min(Self.most, credit + (now - at) * Self.share)
    at = now
  }
}
