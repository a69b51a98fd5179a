// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Testing

@Suite struct `Partitions of an asset` {
  @Test func `are checked when they are asked for`() throws {
    #expect(try Partitions.none.space() == .single)
    #expect(try Partitions.keys("a", "b").space().count(at: Timestamp(seconds: 0)) == 2)
    let days = try Partitions.daily(from: "2013-01-01", through: "2013-12-31", in: "America/New_York").space()
    #expect(days.count(at: Timestamp(seconds: 2_000_000_000)) == 365)
    let hours = try Partitions.hourly(from: "2013-11-03", through: "2013-11-03", in: "America/New_York").space()
    #expect(hours.count(at: Timestamp(seconds: 2_000_000_000)) == 25)
    #expect(throws: ModelError.self) { try Partitions.daily(from: "yesterday", in: "UTC").space() }
  }

  @Test func `give a step its date and window`() async throws {
    let location = try load {
      Asset("weather/day", partitions: .daily(from: "2013-01-01", in: "America/New_York")) { step in
        let window = try step.window
        return "\(try step.date) \((window.upperBound - window.lowerBound) / 3600)"
      }
      Asset("weather/key", partitions: .keys("x")) { step in try step.date.description }
    }
    #expect(try await location.materialize("weather/day", partition: "2013-11-03").end == .completed)
    #expect(
      try await location.materialize("weather/key", partition: "x").failure?.message
        == "weather/key has no daily partitions, so its step has no date")
  }
}
