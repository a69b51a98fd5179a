// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Testing

private struct Reading: Codable, Sendable, Hashable {
  let origin: String
  let hour: Int
}

private struct Weather: CodeLocation {
  static let days = Partitions.daily(from: "2013-01-01", through: "2013-12-31", in: "America/New_York")

  static let hourly = Asset("weather/hourly", partitions: days) { step in
    [Reading(origin: step.partition.description, hour: 1)]
  }
  .check("one row per airport and hour") { readings, _ in
    readings.isEmpty ? .pass : .fail("\(readings.count) hours appear twice", ["hours": .list(readings.map(\.hour))])
  }
  .check("warns", severity: .warn) { _, _ in .pass }
  .shared(with: "insights")

  static let summary = Asset("weather/summary", from: hourly, hourly.all) { hourly, all, step in
    for try await (day, readings) in all { step.log.info("\(day) \(readings.count) \(hourly.count)") }
    return 3
  }
  .retry(RetryPolicy(maxAttempts: 3))

  static let elsewhere = Asset("weather/table", from: Upstream<[Reading]>("x/y").lastKnownGood) { _, _ in
    Elsewhere(metadata: ["rows": 3])
  }

  static let planes = Output<[Int]>("weather/planes").check("x") { planes, step in planes.isEmpty ? .fail("none") : .pass }
  static let airports = Output<Rows<Reading>>("weather/airports")
  static let both = Assets("weather/registry", yielding: planes, airports) { step in
    ([1], Rows([Reading(origin: "a", hour: 3)]))
  }
  static let more = Assets("weather/more", yielding: Output<Int>("a"), Output<String>("b"), from: planes, hourly) {
    planes, hourly, step in
    (1, "x")
  }

  var definitions: Definitions {
    Self.hourly
    Self.summary
    Self.elsewhere
    Self.both
    Self.more
    Check("apart", on: Self.summary) { value, _ in value == 3 ? .pass : .fail("not three") }
    Schedule("nightly", cron: "0 2 * * *", in: "America/New_York", selecting: "weather/*", partition: .latest)
    Resource(String.self) { _ in "client" }
  }
}

@Test func `the DSL compiles`() { #expect(Weather().definitions.steps.count == 5) }
