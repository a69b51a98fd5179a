// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Testing

private struct Weather: CodeLocation {
  static let days = Partitions.daily(from: "2013-01-01", through: "2013-12-31", in: "America/New_York")

  static let hourly = Asset("weather/hourly", partitions: days) { step in
    [Reading(origin: "JFK", hour: try step.date.components.day)]
  }
  .check("one row per hour") { readings, _ in readings.isEmpty ? .fail("none") : .pass }
  .check("enough", severity: .warn, version: "2", timeout: .seconds(5), description: "at least 60") { _, _ in .pass }
  .shared(with: "insights", "fleet")
  .group("raw").tags(["source": "ghcn"]).kinds("jsonl").owners("weather@example.org").description("Hourly readings.")
  .codeVersion("3").retry(RetryPolicy(maxAttempts: 3)).timeout(.seconds(60))

  static let stations = Output<[String]>("weather/stations")
  static let zones = Output<Int>("weather/zones")
  static let registry = Assets("weather/registry", yielding: stations, zones) { _ in (["JFK"], 3) }
  static let summary = Asset("weather/summary", from: hourly, stations) { hourly, stations, _ in hourly.count + stations.count }
  static let year = Asset("weather/year", from: summary.all.lastKnownGood, Upstream<Int>("fleet/size")) { all, size, _ in
    all.count + size
  }

  var definitions: Definitions {
    Self.hourly
    Self.registry
    Self.summary
    Self.year
    Check("apart", on: Self.summary) { count, _ in count > 0 ? .pass : .fail("nothing") }
    Schedule("nightly", cron: "0 2 * * *", in: "America/New_York", selecting: "weather/*,group:raw")
  }
}

@Suite struct `A location's manifest` {
  let manifest: Manifest

  init() throws {
    manifest = try LoadedLocation(Weather.self, configuration: Configuration(), storage: InMemoryIOManager()).manifest
  }

  func step(_ name: String) throws -> StepSpec { try #require(manifest.steps.first { $0.name == name }) }

  @Test func `takes its name from the type`() {
    #expect(manifest.location.description == "weather")
    #expect(manifest.version == nil)
  }

  @Test func `says everything that was said about an asset`() throws {
    let step = try step("weather/hourly")
    #expect(step.codeVersion == "3")
    #expect(step.retry.maxAttempts == 3)
    #expect(step.timeout == .seconds(60))
    let asset = try #require(step.outputs.first)
    #expect(asset.sharedWith.map(\.description) == ["insights", "fleet"])
    #expect(asset.group == "raw")
    #expect(asset.tags == ["source": "ghcn"])
    #expect(asset.kinds == ["jsonl"])
    #expect(asset.owners == ["weather@example.org"])
    #expect(asset.description == "Hourly readings.")
    #expect(asset.output == OutputSpec(scheme: "memory", format: "jsonl/1", isProcessLocal: true))
    #expect(asset.checks.map(\.severity) == [.block, .warn])
    #expect(asset.checks[1].identity == CheckIdentity(name: "enough", version: "2"))
    #expect(asset.checks[1].timeout == .seconds(5))
  }

  @Test func `has one step for assets that are yielded together`() throws {
    let step = try step("weather/registry")
    #expect(step.outputs.map(\.key.description) == ["weather/stations", "weather/zones"])
    #expect(step.outputs.map(\.output.format) == ["jsonl/1", "json/1"])
  }

  @Test func `lets an asset inherit the partitions of what it reads`() throws {
    #expect(try step("weather/summary").partitions == step("weather/hourly").partitions)
  }

  @Test func `maps an unpartitioned upstream of a partitioned reader as a whole`() throws {
    let dependencies = try step("weather/summary").dependencies
    #expect(dependencies.map(\.mapping) == [.identity, .all])
    #expect(dependencies[1].partitions == .single)
    #expect(dependencies[0].loadableSchemes == ["file", "inline", "memory"])
  }

  @Test func `keeps the binding that a dependency opted into`() throws {
    let dependencies = try step("weather/year").dependencies
    #expect(dependencies.map(\.binding) == [.lastKnownGood, .gated])
    #expect(dependencies.map(\.mapping) == [.all, .identity])
    #expect(try step("weather/year").partitions == .single)
  }

  @Test func `gives a check that is defined apart to its asset`() throws {
    #expect(try step("weather/summary").outputs[0].checks.map(\.name) == ["apart"])
  }

  @Test func `lists schedules`() {
    #expect(manifest.schedules.map(\.name) == ["nightly"])
    #expect(manifest.schedules[0].partition == .latest)
  }
}
