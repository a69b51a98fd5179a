// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// What a connection is waiting for, and for how long it may: a value, told of what happens and when.
package struct ConnectionProgress {
  /// What comes from the client next.
  private enum Reading {
    /// The first byte of a request.
    case nothing
    case head
    case body
  }

  /// What has not come in time.
  package enum Expiry: Hashable, Sendable {
    case head
    case body
    case idle
  }

  private var reading = Reading.head
  private var since: NIODeadline
  /// Requests whose head has come and whose answer has not ended.
  package private(set) var requests = 0
  /// Whether an answer has begun that has not ended.
  package private(set) var isAnswering = false

  package init(at now: NIODeadline) { since = now }

  /// - Returns: Whether a request begins with them.
  package mutating func bytesCame(at now: NIODeadline) -> Bool {
    guard reading == .nothing else { return false }
    (reading, since) = (.head, now)
    return true
  }

  package mutating func headCame(at now: NIODeadline) {
    requests += 1
    (reading, since) = (.body, now)
  }

  package mutating func bodyEnded(at now: NIODeadline) { (reading, since) = (.nothing, now) }
  package mutating func answerBegan() { isAnswering = true }

  package mutating func answerEnded(at now: NIODeadline) {
    isAnswering = false
    requests = max(0, requests - 1)
    if reading != .body { since = now }
  }

  /// What is to come next, and until when; nil where it is this side's turn.
  package func deadline(_ limits: HTTPLimits) -> (expiry: Expiry, at: NIODeadline)? {
    switch reading {
    // While an answer is due, what comes ahead may take its time: a stray line behind a request must not take its answer away.
    case .head: requests > 0 ? nil : (.head, after(limits.headTime))
    case .body: (.body, after(limits.bodyTime))
    case .nothing: requests > 0 ? nil : (.idle, after(limits.idleTime))
    }
  }

  private func after(_ time: Duration) -> NIODeadline {
    since + TimeAmount(time)  // No overflow: the clock and the limits are ours.
  }
}
