// SPDX-License-Identifier: Apache-2.0

import Simulator
import Testing

/// A taste of what `sluice-simulate` does by the thousand.
@Suite("Simulator")
struct SimulatorTests {
  @Test("A seed without faults holds every invariant", arguments: UInt64(1)...4)
  func calm(_ seed: UInt64) {
    let result = Simulator.run(seed: seed, faults: [])
    #expect(result.violation == nil)
    #expect(result.census.events > 10)
    #expect(result.census.faults.isEmpty)
  }

  @Test("A seed with every kind of fault holds every invariant", arguments: UInt64(1)...12)
  func faults(_ seed: UInt64) {
    let result = Simulator.run(seed: seed)
    #expect(result.violation == nil)
    #expect(!result.census.faults.isEmpty)
  }

  @Test("The same seed comes to the same")
  func deterministic() {
    let (first, second) = (Simulator.run(seed: 7), Simulator.run(seed: 7))
    #expect(first.census.events == second.census.events)
    #expect(first.census.seen == second.census.seen)
    #expect(first.census.faults == second.census.faults)
  }

  @Test("What was never seen is found out")
  func coverage() {
    #expect(Set(Census().missing) == Set(Census.expected))
    #expect(Census.expected.contains("event.scheduleTicked") && Census.expected.contains("outcome.blocked"))
  }
}
