// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct ManifestTests {
  @Test("A manifest with everything in it survives encoding")
  func encodes() throws {
    let days = PartitionSpace.daily(try DailyWindows(first: day("2013-01-01"), last: nil, zone: Zone("America/New_York")))
    let key = try AssetKey("weather/hourly")
    let asset = AssetSpec(
      key: key, description: "Readings", group: "raw", tags: ["tier": "1"], kinds: ["jsonl"], owners: ["weather@example.com"],
      sharedWith: [try LocationName("insights")], output: OutputSpec(scheme: "file", format: "jsonl/1"),
      checks: [
        CheckSpec(name: "no repeats", version: "2", severity: .warn, retry: RetryPolicy(maxAttempts: 2), timeout: .seconds(5))
      ])
    let dependency = DependencySpec(
      upstream: try AssetKey("raw/feed"), mapping: .all, binding: .lastKnownGood, partitions: days, loadableSchemes: ["file"])
    let step = StepSpec(name: "weather/hourly", partitions: days, dependencies: [dependency], outputs: [asset], codeVersion: "1")
    let schedule = ScheduleSpec(
      name: "nightly", cron: try CronExpression("0 2 * * *"), zone: .utc, selection: try Selection("weather/*"))
    let manifest = Manifest(location: try LocationName("weather"), version: "1.2", steps: [step], schedules: [schedule])
    #expect(try throughJSON(manifest) == manifest)
  }

  @Test("A check is another one once its version is bumped")
  func checkIdentity() {
    let first = CheckSpec(name: "no repeats").identity
    let second = CheckSpec(name: "no repeats", version: "2").identity
    #expect(first != second)
    #expect(first.description == "no repeats")
    #expect(second.description == "no repeats (version 2)")
    #expect(
      [second, CheckIdentity(name: "a"), first].sorted().map(\.description) == ["a", "no repeats", "no repeats (version 2)"])
  }
}
