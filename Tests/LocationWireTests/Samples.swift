// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Values of every type that travels, with every field set. Each `try!` makes a literal that is well formed.
enum Samples {
  static let days = PartitionSpace.daily(
    try! DailyWindows(first: CivilDate("2013-01-01")!, last: CivilDate("2013-12-31")!, zone: Zone("America/New_York")))
  static let openDays = PartitionSpace.daily(try! DailyWindows(first: CivilDate("2013-01-01")!, last: nil, zone: .utc))
  static let hours = PartitionSpace.hourly(
    try! HourlyWindows(first: CivilDate("2013-11-03")!, last: CivilDate("2013-11-03")!, zone: Zone("America/New_York")))
  static let openHours = PartitionSpace.hourly(
    HourlyWindows(start: Timestamp(seconds: 1_357_016_400), limit: nil, zone: .utc))
  static let keys = PartitionSpace.keys(try! StaticKeys(["north", "süd"]))
  static let spaces = [PartitionSpace.single, keys, days, openDays, hours, openHours]

  static let retry = RetryPolicy(maxAttempts: 3, delay: .milliseconds(250), backoff: 1.5, maxDelay: .seconds(60), jitter: 0.25)

  static func key(_ text: String) -> AssetKey { try! AssetKey(text) }

  static let manifest = Manifest(
    location: try! LocationName("weather"), version: "1.2",
    steps: [
      StepSpec(
        name: "weather/hourly", partitions: days,
        dependencies: [
          DependencySpec(
            upstream: key("flights/departures"), mapping: .all, binding: .lastKnownGood, partitions: openDays,
            loadableSchemes: ["file", "memory"]),
          DependencySpec(upstream: key("fleet/planes")),
        ],
        outputs: [
          AssetSpec(
            key: key("weather/hourly"), description: "Readings", group: "raw", tags: ["tier": "1", "pii": "no", "a": "b"],
            kinds: ["csv"], owners: ["team@weather"], sharedWith: [try! LocationName("insights")],
            output: OutputSpec(scheme: "file", format: "jsonl/1", isProcessLocal: true),
            checks: [
              CheckSpec(
                name: "one row an hour", version: "2", severity: .warn, description: "…", retry: retry, timeout: .seconds(5)),
              CheckSpec(name: "plain"),
            ]),
          AssetSpec(key: key("weather/notes"), output: OutputSpec(scheme: "elsewhere", format: "none/1")),
        ],
        retry: retry, timeout: .seconds(90), codeVersion: "abc")
    ]
      + spaces.enumerated().map { index, space in
        StepSpec(
          name: "space \(index)", partitions: space,
          outputs: [AssetSpec(key: key("weather/space_\(index)"), output: OutputSpec(scheme: "file", format: "jsonl/1"))])
      },
    schedules: [
      ScheduleSpec(
        name: "nightly", cron: try! CronExpression("0 2 * * *"), zone: try! Zone("America/New_York"),
        selection: try! Selection("weather/*,+group:raw"), partition: .latest, description: "Each night"),
      ScheduleSpec(name: "all", cron: try! CronExpression("*/5 * * * 1-5"), zone: .utc, selection: .all, partition: .all),
    ])

  static func attempt(_ number: Int = 1, step: Int = 4) -> AttemptID {
    AttemptID(incarnation: Incarnation(0x8f3a_12bc), step: StepID(run: RunID(17), ordinal: step), number: number)
  }

  static func version(_ number: UInt32 = 1, asset: String = "weather/hourly") -> VersionID {
    VersionID(incarnation: Incarnation(0x8f3a_12bc), asset: key(asset), partition: "2013-11-03", number: number)
  }

  static let locator = Locator(
    scheme: "file", uri: "/data/weather/hourly/2013-11-03/v000002-8f3a12bc/data.jsonl", format: "jsonl/1", size: 12_345,
    contentHash: "sha256:00ff")
  static let checks = [CheckIdentity(name: "one row an hour", version: "2"), CheckIdentity(name: "plain")]

  static func grant(_ attempt: AttemptID = attempt(), epoch: Epoch = 3) -> Grant {
    Grant(
      attempt: attempt, epoch: epoch, manifest: ManifestDigest("sha256:abc"), step: "weather/hourly", partition: "2013-11-03",
      work: .materialize(
        inputs: [
          GrantedInput(asset: key("flights/departures"), versions: [PinnedVersion(version: version(7), locator: locator)]),
          GrantedInput(asset: key("fleet/planes"), versions: []),
        ],
        outputs: [GrantedOutput(version: version(2), checks: checks)]),
      deadline: Timestamp(microseconds: 1_384_000_000_123_456), timeLeft: .microseconds(599_999_999), trace: trace(of: attempt))
  }

  static func trace(of attempt: AttemptID) -> StepTrace {
    StepTrace(
      of: attempt,
      in: TraceContext(
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: "vendor=1")!)
  }

  static let checkOnly = Grant(
    attempt: attempt(2), epoch: 3, manifest: ManifestDigest("sha256:abc"), step: "weather/hourly", partition: .only,
    work: .check([
      GrantedCheck(
        target: PinnedVersion(version: version(), locator: Locator(scheme: "memory", uri: "x", format: "value/1")),
        checks: checks)
    ]), deadline: Timestamp(seconds: -5))

  static let metadata: Metadata = [
    "int": .int(-3), "float": .float(0.1), "text": .text("ä"), "url": .url("https://example.org"), "path": .path("/tmp/x"),
    "json": .json("{}"), "markdown": .markdown("*x*"),
    "table": .table(MetadataTable(columns: ["a", "b"], rows: [["1", "2"], ["3"]])),
    "timestamp": .timestamp(Timestamp(microseconds: -1)), "items": .items([.int(1), .items([.text("x")])]),
  ]

  static let evaluations = [
    CheckEvaluation(check: checks[0], severity: .warn, outcome: .failed, message: "2 hours appear twice", metadata: metadata),
    CheckEvaluation(check: checks[1], severity: .block, outcome: .passed),
    CheckEvaluation(check: checks[1], severity: .block, outcome: .errored),
    CheckEvaluation(check: checks[1], severity: .block, outcome: .timedOut),
  ]

  static func logged(_ attempt: AttemptID = attempt(), _ text: String = "line", dropped: Int = 0) -> StepReport {
    .logged(attempt, lines: [LogLine(at: Timestamp(seconds: 9), level: .info, message: text)], dropped: dropped)
  }

  static let reports: [StepReport] =
    [
      .started(attempt()),
      .logged(
        attempt(),
        lines: LogLine.Level.allCases.map { LogLine(at: Timestamp(seconds: 1), level: $0, message: $0.rawValue) }, dropped: 7),
      .staged(attempt(), [StagedOutput(asset: key("weather/hourly"), locator: locator, metadata: metadata)]),
      .checked(attempt(), asset: key("weather/hourly"), evaluations),
    ] + ends.map { .finished(attempt(), $0) }

  static let ends: [StepEnd] =
    [
      .completed, .cancelled, .refused(.staleManifest), .refused(.staleEpoch), .refused(.draining), .refused(.overloaded),
    ]
    + [StepFailure.Kind.threw, .timedOut, .input, .output, .undefined, .lost, .unreachable].map {
      .failed(StepFailure(kind: $0, message: "why", isRetryable: $0 != .input))
    }

  static let settlements: [Settlement] = [
    Settlement(version: version(), decision: .promote, locator: locator),
    Settlement(version: version(), decision: .reject, locator: locator),
    Settlement(version: version(), decision: .discard, locator: nil),
  ]
}
