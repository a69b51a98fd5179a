// SPDX-License-Identifier: Apache-2.0

import Simulator
import Testing

@Suite struct SimulatorTests {
  @Test("A few seeds hold every invariant", arguments: UInt64(1)...20)
  func seeds(_ seed: UInt64) {
    #expect(Simulator.run(seed: seed).violation == nil)
  }
}
