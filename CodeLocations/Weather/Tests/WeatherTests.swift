// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetTestKit
import TeamsShared
import Testing
import WeatherAssets

@Suite("The weather location")
struct WeatherTests {
  static let gap: PartitionKey = "2013-12-31"
  static let clocksBack: PartitionKey = "2013-11-03"

  @Test("defines what it says, without a mistake, in both versions")
  func definitions() throws {
    try validate(Weather.self)
    try validate(WeatherFixed.self)
    #expect(Weather.name == WeatherFixed.name)
  }

  @Test("rejects two days of the year, each for its own reason, and no other")
  func wholeYear() async throws {
    let data = try Self.data()
    var rejected: [PartitionKey: [String]] = [:]
    for day in Self.everyDay {
      let made = try await materialize(Weather.hourly, partition: day, resources: [data])
      if !made.isPromoted { rejected[day] = made.failures }
    }
    #expect(
      rejected == [
        Self.clocksBack: ["one row per airport and hour"],
        Self.gap: ["every airport reports", "at least 60 of 72 hours"],
      ])
  }

  @Test("names the hours that come twice")
  func evidence() async throws {
    let made = try await materialize(Weather.hourly, partition: Self.clocksBack, resources: [Self.data()])
    let check = try #require(made.checks["one row per airport and hour"])
    #expect(check.message == "3 hours appear twice")
    #expect(check.metadata["hours"] == .list(["EWR 1", "JFK 1", "LGA 1"]))
  }

  @Test(
    "warns of gaps and of an impossible gust, and lets both pass",
    arguments: [("2013-12-30", "at least 60 of 72 hours"), ("2013-02-12", "no wind above 150 mph")])
  func warnings(day: String, check: String) async throws {
    let made = try await materialize(Weather.hourly, partition: PartitionKey(day), resources: [Self.data()])
    #expect(made.failures == [check])
    #expect(made.isPromoted)
  }

  @Test("summarizes each airport's day")
  func summary() async throws {
    let readings = try await materialize(Weather.hourly, partition: "2013-07-04", resources: [Self.data()]).value
    let made = try await materialize(
      Weather.dailySummary, partition: "2013-07-04", inputs: [.given(Weather.hourly, readings)])
    #expect(made.isPromoted)
    #expect(made.value.map(\.airport) == ["EWR", "JFK", "LGA"])
    let newark = try #require(made.value.first)
    #expect((newark.hours, newark.low, newark.high, newark.precipitation) == (24, 77, 89.06, 0))
  }

  @Test("rejects a summary with more hours than a day has")
  func longDay() async throws {
    let readings = try await materialize(Weather.hourly, partition: "2013-07-04", resources: [Self.data()]).value
    let made = try await materialize(
      Weather.dailySummary, partition: "2013-07-04", inputs: [.given(Weather.hourly, readings + readings)])
    #expect(made.failures == ["no airport's day has more than 25 hours"])
    #expect(!made.isPromoted)
  }

  static func data() throws -> GivenResource { .given(try DataFolder.located(by: Configuration())) }

  static var everyDay: [PartitionKey] {
    guard let first = CivilDate("2013-01-01") else { return [] }
    return (0..<365).map { PartitionKey(first.advanced(by: $0).description) }
  }
}
