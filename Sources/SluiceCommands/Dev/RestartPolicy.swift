// SPDX-License-Identifier: Apache-2.0

/// When a child process that ended is started again: a pure machine, driven with instants.
///
/// Each end that follows a short life doubles the delay up to a limit; a life that was long enough starts over.
package struct RestartMachine: Hashable, Sendable {
  package struct Policy: Hashable, Sendable {
    package var first: Duration = .milliseconds(500)
    package var longest: Duration = .seconds(15)
    /// A child that lived this long is taken to be well.
    package var stable: Duration = .seconds(10)

    package init() {}
  }

  /// Where the child is. `running` and `waiting` alternate; `stopped` is final.
  package enum Phase: Hashable, Sendable {
    case waiting(until: ContinuousClock.Instant)
    case running(since: ContinuousClock.Instant)
    case stopped
  }

  package private(set) var phase: Phase
  /// Ends in a row that followed short lives.
  package private(set) var failures = 0
  private let policy: Policy

  /// A child that may start at once.
  package init(at now: ContinuousClock.Instant, policy: Policy = Policy()) {
    self.policy = policy
    phase = .waiting(until: now)
  }

  /// The child was started. An impossible start (stopped, running) changes nothing.
  package mutating func started(at now: ContinuousClock.Instant) {
    if case .waiting = phase { phase = .running(since: now) }
  }

  /// The child ended, or could not be started; gives the delay before the next start, or nil once stopped.
  package mutating func ended(at now: ContinuousClock.Instant) -> Duration? {
    switch phase {
    case .stopped: return nil
    case .running(let since) where now - since >= policy.stable: failures = 1
    case .running, .waiting: failures += 1
    }
    let delay = delay(afterFailures: failures)
    phase = .waiting(until: now + delay)
    return delay
  }

  /// Whether the child has lived long enough to be taken for well.
  package func isStable(at now: ContinuousClock.Instant) -> Bool {
    if case .running(let since) = phase { now - since >= policy.stable } else { false }
  }

  /// No start follows from here on.
  package mutating func stop() { phase = .stopped }

  private func delay(afterFailures failures: Int) -> Duration {
    var delay = policy.first
    for _ in 1..<max(1, failures) where delay < policy.longest { delay *= 2 }
    return min(delay, policy.longest)
  }
}
