// SPDX-License-Identifier: Apache-2.0

import Simulator
import Testing

/// The simulator must be able to fail: a core that is broken on purpose is found out.
@Suite("Sabotage")
struct SabotageTests {
  /// The first seed that finds the sabotage out.
  private func firstFound(_ sabotage: Sabotage) -> (seed: UInt64, violation: Violation)? {
    for seed in UInt64(1)...200 {
      if let violation = Simulator.run(seed: seed, sabotage: sabotage).violation { return (seed, violation) }
    }
    return nil
  }

  @Test("A gate that ignores one check is caught")
  func gate() throws {
    let found = try #require(firstFound(.gateIgnoresACheck))
    #expect([.validation, .lastKnownGood].contains(found.violation.invariant), "\(found.violation)")
  }

  @Test("A fence that lets late attempts pass is caught, and cut down to a shorter trace")
  func fence() throws {
    let found = try #require(firstFound(.fenceAcceptsLateAttempts))
    #expect(found.violation.invariant == .exactlyOneCommit, "\(found.violation)")
    let explanation = try #require(
      Simulator.explain(seed: found.seed, sabotage: .fenceAcceptsLateAttempts, budget: 25))
    #expect(explanation.violation.invariant == .exactlyOneCommit)
    #expect(explanation.tries > 0)
    #expect(!explanation.trace.isEmpty)
  }
}
