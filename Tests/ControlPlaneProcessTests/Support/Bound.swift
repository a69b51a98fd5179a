// SPDX-License-Identifier: Apache-2.0

import Orchestrator
import PostgresStore
import Testing

/// Tests of real processes: a daemon or two, a location's server, and a store that fails. One after the other, since their bounds are
/// wall time.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ProcessTests {}

/// What users are promised, as wall time; every wait of these tests ends with one of them.
enum Bound {
  /// From a leader's death to its follower's first answer as the leader.
  static let failover: Duration = .seconds(5)
  /// From the moment on which a store no longer answers until its daemon says so, also where it has nothing to write.
  static let noticed = limits.lease + Engine.leadershipPeriod + Engine.slowStore + busyMachine
  /// From the moment on which a store falls silent until it is no longer waited for.
  static let givenUp = noticed + limits.response
  /// From the moment on which a store is back until scheduling has resumed: a pause, and one try that began too early.
  static let resumed = Engine.longestPause + limits.connect
  /// For what should take no time worth speaking of, on a machine that is busy.
  static let usual: Duration = .seconds(120)

  /// What a machine with other work may add to that.
  private static let busyMachine: Duration = .seconds(15)
  private static let limits = PostgresLimits()
}

/// What a test waited for and did not come.
struct NeverCame: Error, CustomStringConvertible {
  let description: String
}

/// Asks again and again until there is an answer; returns it with the time that it took.
@discardableResult
func eventually<Answer>(
  _ what: String, within limit: Duration = Bound.usual, _ ask: () async throws -> Answer?
) async throws -> (answer: Answer, took: Duration) {
  let start = ContinuousClock.now
  while ContinuousClock.now - start < limit {
    if let answer = try await ask() { return (answer, .now - start) }
    // polls
    try await Task.sleep(for: .milliseconds(10))
  }
  throw NeverCame(description: "\(what) did not come within \(limit)")
}
