// SPDX-License-Identifier: Apache-2.0

package import AssetModel

extension SampleEvents {
  /// A manifest in which every part appears, present in one place and absent in another.
  package static let manifest = Manifest(
    location: weather, version: "1.2", steps: [fullStep, StepSpec(name: "bare", outputs: [bareAsset])],
    schedules: schedules)

  private static let bareAsset = AssetSpec(
    key: summary, output: OutputSpec(scheme: "memory", format: "any/1", isProcessLocal: true))

  private static let fullStep = StepSpec(
    name: "weather/hourly", partitions: days,
    dependencies: [
      DependencySpec(
        upstream: summary, mapping: .all, binding: .lastKnownGood, partitions: days, loadableSchemes: ["file", "s3"]),
      DependencySpec(upstream: hourly),
    ],
    outputs: [
      AssetSpec(
        key: hourly, description: "Readings", group: "weather", tags: ["b": "2", "a": "1"], kinds: ["jsonl"], owners: ["met"],
        sharedWith: [weather], output: OutputSpec(scheme: "file", format: "jsonl/1"),
        checks: [
          CheckSpec(
            name: "complete", version: "2", severity: .warn, description: "All there",
            retry: RetryPolicy(maxAttempts: 3, delay: .nanoseconds(1_500), backoff: 1.5, maxDelay: .seconds(9), jitter: 0.25),
            timeout: .milliseconds(1)),
          CheckSpec(name: "unique"),
        ])
    ],
    retry: RetryPolicy(maxAttempts: 2), timeout: .seconds(60), codeVersion: "7")

  private static var schedules: [ScheduleSpec] {
    do {
      return [
        ScheduleSpec(
          name: "nightly", cron: try CronExpression("0 2 * * *"), zone: try Zone("America/New_York"),
          selection: try Selection("weather/*,+weather/hourly"), partition: .all, description: "All of it"),
        ScheduleSpec(name: "often", cron: try CronExpression("*/5 * * * 1-5"), zone: .utc, selection: .all),
      ]
    } catch {
      preconditionFailure("a sample is malformed: \(error)")
    }
  }
}
