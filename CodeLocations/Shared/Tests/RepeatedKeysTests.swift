// SPDX-License-Identifier: Apache-2.0

import TeamsShared
import Testing

@Suite("Repeated keys")
struct RepeatedKeysTests {
  struct Reading {
    let airport: String
    let hour: Int
  }

  @Test("are those that more than one row has, each named once, in order")
  func repeated() {
    let hours = [("LGA", 1), ("EWR", 1), ("LGA", 1), ("EWR", 2), ("EWR", 1), ("LGA", 1), ("LGA", 11)]
    let readings = hours.map { Reading(airport: $0.0, hour: $0.1) }
    #expect(readings.repeatedKeys(\.airport, \.hour) == ["EWR 1", "LGA 1"])
    #expect(readings.prefix(2).repeatedKeys(\.airport, \.hour).isEmpty)
    #expect(readings.prefix(2).repeatedKeys(\.hour) == ["1"])
  }
}
