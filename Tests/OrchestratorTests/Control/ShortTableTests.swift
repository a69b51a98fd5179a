// SPDX-License-Identifier: Apache-2.0

import Orchestrator
import Testing

@Suite struct ShortTableTests {
  @Test(arguments: [1, ShortTable<Int, Int>.few, ShortTable<Int, Int>.few + 1, 100])
  func `finds what it was given, in order, whether few or many`(count: Int) {
    var table = ShortTable<Int, String>()
    for key in 0..<count { table[key] = "\(key)" }
    for key in 0..<count { #expect(table[key] == "\(key)") }
    #expect(table[count] == nil)
    table[0] = "other"
    #expect(Array(table.values) == ["other"] + (1..<count).map { "\($0)" })
  }
}
