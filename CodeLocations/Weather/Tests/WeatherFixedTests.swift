// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetTestKit
import Testing
import WeatherAssets

@Suite("The weather location's second version")
struct WeatherFixedTests {
  @Test("passes the day when the clocks go back: in UTC no hour comes twice")
  func clocksBack() async throws {
    let made = try await materialize(
      WeatherFixed.hourly, partition: WeatherTests.clocksBack, resources: [WeatherTests.data()])
    #expect(made.isPromoted)
    #expect(
      made.value.filter { $0.airport == "EWR" && $0.hour == 1 }.map(\.hourUTC) == [
        "2013-11-03T05:00:00Z", "2013-11-03T06:00:00Z",
      ])
  }

  @Test("passes the day that is known to be missing, and says so")
  func knownGap() async throws {
    let made = try await materialize(WeatherFixed.hourly, partition: WeatherTests.gap, resources: [WeatherTests.data()])
    #expect(made.isPromoted)
    #expect(made.value.isEmpty)
    #expect(made.checks["every airport reports"]?.message?.hasPrefix("known to be missing") == true)

    let summary = try await materialize(
      WeatherFixed.dailySummary, partition: WeatherTests.gap, inputs: [.given(WeatherFixed.hourly, made.value)])
    #expect(summary.isPromoted)
    #expect(summary.value.isEmpty)
  }

  @Test("still rejects any other day without readings, and an hour that does come twice")
  func stillStrict() async throws {
    let unknownGap = try await evaluate("every airport reports", of: WeatherFixed.hourly, on: [], partition: "2013-12-30")
    #expect(unknownGap.outcome == .failed)

    let day = try await materialize(WeatherFixed.hourly, partition: "2013-07-04", resources: [WeatherTests.data()]).value
    let twice = try await evaluate(
      "one row per airport and hour", of: WeatherFixed.hourly, on: day + day.prefix(1), partition: "2013-07-04")
    #expect(twice.outcome == .failed)
  }

  @Test("declares the same checks, and passes what the first version made without UTC hours")
  func oldVersions() async throws {
    let data = try WeatherTests.data()
    let old = try await materialize(Weather.hourly, partition: "2013-07-04", resources: [data])
    let new = try await materialize(WeatherFixed.hourly, partition: "2013-07-04", resources: [data])
    #expect(old.checks.map(\.check) == new.checks.map(\.check))
    for check in new.checks.map(\.check.name) {
      let again = try await evaluate(check, of: WeatherFixed.hourly, on: old.value, partition: "2013-07-04")
      #expect(again.outcome == .passed)
    }
  }
}
