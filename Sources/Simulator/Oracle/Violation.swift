// SPDX-License-Identifier: Apache-2.0

/// A promise that does not hold.
package enum Invariant: String, CaseIterable, Hashable, Sendable {
  case validation = "Validation"
  case pinnedInputs = "Pinned inputs"
  case lastKnownGood = "Last-known-good"
  case exactlyOneCommit = "Exactly one commit"
  case ownership = "Ownership"
  /// Isolation as work conservation: no grantable step of a reachable location with free capacity is left ungranted.
  case isolation = "Isolation"
  case oneInFlight = "One in flight per asset partition"
  case slots = "Slots"
  case honestBlocking = "Blocked only behind a closed gate"
  case runOutcome = "Run outcome is the worst of its steps"
  case oneRunPerKey = "One run per client key"
  case ticksOnce = "Each tick exactly once"
  case timeNeverGoesBack = "Journal time never goes back"
  case lifeOfAStep = "Life of a step"
  case replayEquality = "Replay equality"
  case quiescence = "Quiescence"
  case progress = "Progress"
}

/// Where and how one was broken.
package struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
  package let invariant: Invariant
  package let message: String

  init(_ invariant: Invariant, _ message: String) {
    self.invariant = invariant
    self.message = message
  }

  package var description: String { "\(invariant.rawValue): \(message)" }
}
