// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetTestKit
import Testing

private protocol Station: Sendable {
  func readings(on day: CivilDate) async throws -> [Reading]
}

private struct FakeStation: Station {
  func readings(on day: CivilDate) async throws -> [Reading] { [Reading(origin: "JFK", hour: day.components.day)] }
}

private enum Weather {
  static let days = Partitions.daily(from: "2013-01-01", through: "2013-12-31", in: "America/New_York")
  static let flights = Upstream<[String]>("flights/departures", partitions: days)

  static let hourly = Asset("weather/hourly", partitions: days) { step in
    step.log.info("reading \(step.partition)")
    step.metadata["source"] = .text(try step.configuration.value("SOURCE"))
    return try await step.resource((any Station).self).readings(on: try step.date)
  }
  .check("not empty") { readings, _ in readings.isEmpty ? .fail("empty") : .pass }
  .check("early", severity: .warn) { readings, _ in readings.contains { $0.hour > 20 } ? .fail("late") : .pass }

  static let joined = Asset("weather/joined", from: hourly, flights) { readings, flights, _ in readings.count + flights.count }
  static let year = Asset("weather/year", from: hourly.all) { days, _ in
    var hours: [String: Int] = [:]
    for try await (day, readings) in days { hours[day.description] = readings.count }
    return hours
  }
  static let planes = Output<[Int]>("weather/planes").check("sorted") {
    $0 == $0.sorted() && $1.name != "" ? .pass : .fail("not sorted")
  }
  static let size = Output<Int>("weather/size")
  static let both = Assets("weather/both", yielding: planes, size) { _ in ([2, 1], 2) }
  static let apart = Check("apart", on: joined) { count, _ in count > 1 ? .pass : .fail("only \(count)") }
}

@Suite struct `The test kit` {
  @Test func `makes an asset with given resources and configuration`() async throws {
    let made = try await materialize(
      Weather.hourly, partition: "2013-01-21", resources: [.given(FakeStation(), as: (any Station).self)],
      configuration: Configuration(["SOURCE": "ghcn"]))
    #expect(made.value == [Reading(origin: "JFK", hour: 21)])
    #expect(made.metadata == ["source": "ghcn", "rows": 1])
    #expect(made.checks["not empty"]?.outcome == .passed)
    #expect(made.checks["early"]?.message == "late")
    #expect(made.isPromoted)
    #expect(made.logs.map(\.message) == ["reading 2013-01-21"])
  }

  @Test func `gives each dependency its typed input, in any order`() async throws {
    let made = try await materialize(
      Weather.joined, partition: "2013-01-01",
      inputs: [.given(Weather.flights, ["UA1", "UA2"]), .given(Weather.hourly, [Reading(origin: "JFK", hour: 1)])],
      checks: [Weather.apart])
    #expect(made.value == 3)
    #expect(made.checks.map(\.outcome) == [.passed])
    let year = try await materialize(
      Weather.year, inputs: [.given(Weather.hourly.all, ["2013-01-01": [Reading(origin: "JFK", hour: 1)], "2013-01-02": []])])
    #expect(year.value == ["2013-01-01": 1, "2013-01-02": 0])
  }

  @Test func `makes every output of a step`() async throws {
    let made = try await materialize(Weather.both)
    #expect(try made[Weather.planes].value == [2, 1])
    #expect(try made[Weather.planes].isPromoted == false)
    #expect(try made[Weather.size].value == 2)
    #expect(throws: TestKitError.self) { try made[Output<Int>("weather/other")] }
  }

  @Test func `says of a version what its checks said, whatever its value's size`() async throws {
    let many = Asset("weather/many") { _ in Array(repeating: "a row that nobody wants to read", count: 4_000) }
      .check("sound") { _, _ in .pass }
      .check("unique") { _, _ in .fail("all are the same", ["rows": 4_000]) }
      .check("short", severity: .warn) { _, _ in .fail("too many") }
    let made = try await materialize(many)
    #expect(
      made.description
        == "rejected Array<String> of 4000; 1 of 3 checks passed; 'unique' failed: all are the same (rows: 4000); "
        + "'short' failed, which only warns: too many")
    #expect("\(made.checks)".hasPrefix("1 of 3 checks passed; 'unique' failed: "))
    #expect(String(reflecting: made) == made.description)
    var whole = ""
    dump(made, to: &whole)
    #expect(!whole.contains("a row that nobody wants to read"))
    let good = try await materialize(Asset("weather/one") { _ in 1 })
    #expect(good.description == "promoted Int; no checks")
  }

  @Test func `evaluates one check`() async throws {
    let failed = try await evaluate("not empty", of: Weather.hourly, on: [], partition: "2013-01-01")
    #expect(failed.outcome == .failed)
    #expect(failed.message == "empty")
    #expect(try await evaluate(Weather.apart, on: 1).message == "only 1")
    let error = await #expect(throws: TestKitError.self) { try await evaluate("nonempty", of: Weather.hourly, on: []) }
    #expect(error?.description.contains("'weather/hourly' has no check 'nonempty', but 'not empty', 'early'") == true)
  }

  @Test func `says what is missing or too much`() async throws {
    func message(_ body: () async throws -> Void) async -> String? {
      (await #expect(throws: TestKitError.self) { try await body() })?.description
    }
    #expect(
      await message { _ = try await materialize(Weather.joined, partition: "2013-01-01") }
        == "'weather/joined' reads 'weather/hourly': add '.given(<the dependency>, <a value>)' to 'inputs'")
    #expect(
      await message { _ = try await materialize(Weather.both, inputs: [.given(Weather.hourly, [])]) }
        == "'weather/both' does not read 'weather/hourly': remove it from 'inputs'")
    #expect(
      await message { _ = try await materialize(Weather.hourly) }?.contains("has no partition '': pass 'partition:'") == true)
    #expect(
      await message { _ = try await materialize(Weather.both, partition: "x") }?.contains("leave 'partition:' out") == true)
    #expect(
      await message { _ = try await materialize(Weather.both, checks: [Weather.apart]) }?.contains("does not yield") == true)
  }

  @Test func `passes on what the closure throws`() async throws {
    await #expect(throws: Broken.self) { try await materialize(Asset<Int>("weather/a") { _ in throw Broken() }) }
    await #expect(throws: ResourceError.self) {
      try await materialize(Weather.hourly, partition: "2013-01-01", configuration: Configuration(["SOURCE": "x"]))
    }
  }

  @Test func `validates a location`() throws {
    struct Good: CodeLocation { var definitions: Definitions { Asset("good/a") { _ in 1 } } }
    struct Bad: CodeLocation { var definitions: Definitions { Asset("bad//a") { _ in 1 } } }
    #expect(try validate(Good.self).steps.count == 1)
    #expect(throws: DefinitionErrors.self) { try validate(Bad.self) }
  }
}
