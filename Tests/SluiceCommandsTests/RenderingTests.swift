// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import SluiceCommands
import Testing

@Suite("What people read")
struct RenderingTests {
  @Test func `Assets stand in aligned columns, without spaces at the ends of lines`() {
    let text = AssetRendering.list(
      [
        AssetSummary(
          key: "weather/hourly", location: "weather", group: "raw", partitions: PartitionCounts(promoted: 363, rejected: 2),
          gateOpen: false),
        AssetSummary(
          key: "fleet/planes", location: "fleet", group: "default", partitions: PartitionCounts(promoted: 1), gateOpen: true),
      ], style: .plain)
    #expect(
      text == """
        ASSET           LOCATION  GATE    PROMOTED  ELSE
        weather/hourly  weather   closed   363/365  2 rejected
        fleet/planes    fleet     open         1/1
        """)
  }

  @Test func `Of what was not looked at nothing is said but that`() {
    let counted = AssetSummary(
      key: "fleet/planes", location: "fleet", group: "default", partitions: PartitionCounts(promoted: 1), gateOpen: true)
    let other = AssetSummary(key: "fleet/wings", location: "fleet", group: "default", partitions: nil, gateOpen: nil)
    #expect(
      AssetRendering.list([counted, other], style: .plain).text == """
        ASSET         LOCATION  GATE  PROMOTED  ELSE
        fleet/planes  fleet     open       1/1
        fleet/wings   fleet     ?            ?

        the partitions of 1 assets were not looked at: ask for fewer assets at once
        """)
  }

  @Test func `An asset that reads what nobody defines says so below the list`() {
    let asset = AssetSummary(
      key: "trains/late", location: "trains", group: "default", partitions: PartitionCounts(missing: 1),
      problem: "it reads 'flights/departurs', which no location defines", gateOpen: false)
    #expect(
      AssetRendering.list([asset], style: .plain).text.hasSuffix(
        "\n\n✗ trains/late: it reads 'flights/departurs', which no location defines"))
  }

  @Test func `A run that had ended before it was cancelled says how`() {
    let cancelled = StepCounts(succeeded: 2, cancelled: 3)
    let texts = [RunState.cancelled, .running, .succeeded, .failed].map {
      RunRendering.cancelled(Fixtures.run($0, steps: cancelled), style: .plain)
    }
    #expect(
      texts == [
        "run 7 is cancelled: 2 of 5 steps had succeeded", "run 7 is being cancelled: sluice run 7 --follow",
        "run 7 has ended already: succeeded, at 2013-11-03 06:03:05Z; there is nothing to cancel",
        "run 7 has ended already: failed, at 2013-11-03 06:03:05Z; there is nothing to cancel",
      ])
  }

  @Test func `A validation has one verdict a location, with its problems below it`() {
    var report = ValidationReport()
    report.checked = ["weather": 3, "trains": 1]
    report.unchecked = ["remote"]
    report.problems = [
      .init(location: "", definition: "workspace.yaml:3:1", message: "no such field"),
      .init(location: "gone", definition: "", message: "workspace.yaml has no such location"),
      .init(location: "trains", definition: "trains/late", message: "one\nmend: two"),
    ]
    #expect(
      report.text(.plain) == """
        ✗ workspace.yaml:3:1: no such field
        ✗ gone: 1 problem
            workspace.yaml has no such location
        ✗ trains: 1 asset, 1 problem
            trains/late: one
            mend: two
        ✓ weather: 3 assets
        ? remote: not checked, since it names no executable and no daemon knows it
        3 problems
        """)
    report.problems = []
    #expect(report.text(.plain).text.hasSuffix("\nvalid"))
  }

  @Test(arguments: [
    (UInt64(0), "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_000, "1.0 kB"), (5_349_999, "5.3 MB"),
    (12_000_000_000, "12.0 GB"),
  ])
  func `Sizes are short`(bytes: UInt64, text: String) { #expect(ByteText.of(bytes).text == text) }

  @Test func `An empty list says what to do next`() {
    #expect(AssetRendering.list([], style: .plain).text.contains("sluice locations"))
    #expect(RunRendering.list([], style: .plain).text.contains("sluice materialize"))
    #expect(ListRendering.locations([], style: .plain).text.contains("sluice init"))
  }

  @Test func `Runs show how far they are and what is in trouble`() {
    let ended = Fixtures.run(.blocked, steps: StepCounts(succeeded: 363, rejected: 2, blocked: 5))
    #expect(
      RunRendering.list([Fixtures.run(), ended], style: .plain) == """
        RUN  STATE    SELECTION        CAUSE   STARTED                TOOK      STEPS  TROUBLE
          7  running  weather/hourly+  manual  2013-11-03 06:00:00Z         1810/2920  2 blocked
          7  blocked  weather/hourly+  manual  2013-11-03 06:00:00Z  3m05s    363/370  2 rejected, 5 blocked
        """)
  }

  @Test func `The end of a run names what ended badly and how to ask why`() {
    let step = StepSummary(
      ordinal: 4, step: "weather/hourly", location: "weather", assets: ["weather/hourly"], partition: "2013-11-03",
      state: .rejected, attempts: 1, reasons: [Fixtures.repeatedHour])
    let detail = RunDetail(
      run: Fixtures.run(.failed, steps: StepCounts(succeeded: 3, rejected: 1)), assets: [], troubled: [step])
    #expect(
      RunRendering.ending(detail, style: .plain) == """
        run 7 failed: 3 of 4 steps succeeded, 1 rejected  3m05s

        rejected  weather/hourly[2013-11-03]  of weather
          └─ weather/hourly[2013-11-03] v1 was rejected  of weather
             ✗ one row per airport and hour  failed
               3 hours appear twice
               hours: EWR 1, JFK 1, LGA 1

        the reasons down to the root: sluice why weather/hourly --partition 2013-11-03
        """)
  }

  @Test func `A partition that begins with a dash is joined to its option in a command`() {
    let step = StepSummary(
      ordinal: 4, step: "weather/hourly", location: "weather", assets: ["weather/hourly"], partition: "-1", state: .rejected,
      attempts: 1, reasons: [Fixtures.repeatedHour])
    let run = Fixtures.run(.failed, steps: StepCounts(succeeded: 3, rejected: 1))
    let text = RunRendering.ending(RunDetail(run: run, assets: [], troubled: [step]), style: .plain).text
    #expect(text.hasSuffix("the reasons down to the root: sluice why weather/hourly --partition=-1"))
  }

  @Test func `Steps that failed alike are told once`() {
    let steps = ["x", "y", "z"].map {
      StepSummary(
        ordinal: 0, step: "a/b", location: "a", assets: ["a/b"], partition: $0, state: .failed, attempts: 3, message: "no disk")
    }
    #expect(
      RunRendering.troubled(steps, style: .plain) == [
        "", "failed    a/b[x]  of a  and 2 more partitions  after 3 attempts", "    no disk",
      ])
  }

  @Test func `A reason that many steps share is told once, whatever stands between them`() {
    func blocked(_ asset: String, _ partition: String, by upstream: String) -> StepSummary {
      StepSummary(
        ordinal: 0, step: asset, location: "a", assets: [asset], partition: partition, state: .blocked, attempts: 0,
        reasons: [GateReason(.neverMaterialized, asset: upstream, partition: partition, location: "b")])
    }
    let days = (1...3).flatMap { day in
      [blocked("a/b", "d\(day)", by: "b/x"), blocked("a/c", "d\(day)", by: "b/x"), blocked("a/e", "d\(day)", by: "b/y")]
    }
    #expect(
      RunRendering.troubled(days, style: .plain) == [
        "", "blocked   a/b[d1]  of a  and 2 more partitions and 3 more steps of other assets",
        "  └─ b/x[d1] was never materialized  of b", "", "blocked   a/e[d1]  of a  and 2 more partitions",
        "  └─ b/y[d1] was never materialized  of b",
      ])
  }

  @Test func `A check that says the same of many partitions is told once`() {
    let results = (1...30).map {
      CheckResult(
        asset: "a/b", partition: "d\($0)", version: 1, check: "first", severity: "block", outcome: "failed", message: "too few")
    }
    #expect(
      ListRendering.checks(results, asset: "a/b", style: .plain).text.hasSuffix(
        "\n\n✗ a/b[d1] v1  first  failed  and 29 more partitions\n  too few"))
  }

  @Test func `A schedule whose last tick launched nothing says why, and how many were missed`() {
    func schedule(_ name: String, run: UInt64?, problem: String?, skipped: Int?, running: Int) -> ScheduleSummary {
      ScheduleSummary(
        location: "a", name: name, cron: "0 2 * * *", zone: "UTC", selection: "a/*", partition: "latest", paused: true,
        lastRun: run, lastProblem: problem, lastSkipped: skipped, runsInProgress: running)
    }
    #expect(
      ListRendering.schedules(
        [
          schedule("one", run: nil, problem: "nothing to do", skipped: nil, running: 0),
          schedule("two", run: 7, problem: nil, skipped: 2, running: 3),
        ], style: .plain) == """
          SCHEDULE  CRON       ZONE  SELECTION  PARTITION  LAST TICK   RUN  RUNNING  NEXT TICK
          a/one     0 2 * * *  UTC   a/*        latest     never      none           paused
          a/two     0 2 * * *  UTC   a/*        latest     never         7        3  paused

          ✗ a/one: its last tick launched nothing: nothing to do
          ! a/two: 2 ticks before the last one were missed, and did not fire
          """)
  }

  @Test func `Check results are counted by check, and those that are no pass are told`() {
    let results = [
      CheckResult(asset: "a/b", partition: "x", version: 1, check: "first", severity: "block", outcome: "passed"),
      CheckResult(
        asset: "a/b", partition: "y", version: 2, check: "first", severity: "block", outcome: "failed", message: "too few",
        metadata: ["rows": 3]),
    ]
    #expect(
      ListRendering.checks(results, asset: "a/b", style: .plain) == """
        CHECK  SEVERITY  PASSED  ELSE
        first  block        1/2  1 failed

        ✗ a/b[y] v2  first  failed
          too few
          rows: 3
        """)
  }

  @Test func `A location that is away says why, and its refused definitions follow`() {
    let locations = [
      LocationSummary(
        name: "weather", address: "127.0.0.1:4271", owns: ["weather/*"], state: .connected, version: "2",
        manifest: "sha256:0123456789abcdef", assets: 2, slots: 8, stepsInFlight: 3),
      LocationSummary(
        name: "fleet", address: "unix:/run/fleet", owns: ["fleet/*"], state: .unreachable, detail: "connection refused",
        assets: 0, problems: ["flights/x: 'fleet' does not own it"]),
    ]
    #expect(
      ListRendering.locations(locations, style: .plain) == """
        LOCATION  STATE        ADDRESS          VERSION  ASSETS  RUNNING  MANIFEST      DETAIL
        weather   connected    127.0.0.1:4271   2             2      3/8  0123456789ab
        fleet     unreachable  unix:/run/fleet                0        0                connection refused

        ✗ fleet: flights/x: 'fleet' does not own it
        """)
  }

  @Test func `A preview is a table with the version below it`() {
    let report = PreviewReport(
      asset: "a/b", partition: "", version: 4, columns: ["name", "n"], rows: [["x", "1"], ["long", "22"]], truncated: true)
    #expect(
      VersionRendering.preview(report, style: .plain) == """
        name  n
        x     1
        long  22
        a/b v4: 2 rows, more follow
        """)
  }

  @Test func `A preview cuts long cells, unless it is to show them whole, and says what is aside and what it does not show`() {
    let long = String(repeating: "x", count: 60)
    func report(_ rows: [[String]], _ state: String = "promoted", size: Int64? = nil) -> PreviewReport {
      PreviewReport(
        asset: "a/b", partition: "", version: 4, state: state,
        locator: Locator(scheme: "file", uri: "file:///data/a.b/v4/data.json", format: "json/1", size: size),
        columns: rows.isEmpty ? [] : ["name"], rows: rows, truncated: rows.isEmpty)
    }
    let cut = VersionRendering.preview(report([[long]], "rejected"), style: .plain).text
    #expect(cut.contains(String(repeating: "x", count: 39) + "…\n") && !cut.contains(long))
    #expect(cut.contains("1 cell is cut: --wide shows all of it"))
    #expect(cut.contains("a/b v4 (rejected; consumers do not read it): 1 row"))
    let wide = VersionRendering.preview(report([[long]]), isWide: true, style: .plain).text
    #expect(wide.contains(long) && !wide.contains("cut"))
    #expect(
      VersionRendering.preview(report([], size: 200_000_000), style: .plain)
        == "a/b v4: one document (json/1) of 200.0 MB, too large to be shown here  file:///data/a.b/v4/data.json")
  }

  @Test func `Partitions are a list, with how to see the rest`() {
    let page = Page(
      total: 3, offset: 0,
      items: [
        PartitionSummary(
          partition: "2013-11-02", state: .promoted, gateOpen: true, version: 2, current: 2, run: 7, updatedAt: Fixtures.instant),
        PartitionSummary(partition: "2013-11-03", state: .rejected, gateOpen: false, version: 3, current: 1, run: 8),
      ])
    #expect(
      VersionRendering.partitions(page, asset: "a/b", style: .plain) == """
        PARTITION   STATE     GATE    NEWEST  CURRENT  RUN  UPDATED
        2013-11-02  promoted  open        v2       v2    7  2013-11-03 06:00:00Z
        2013-11-03  rejected  closed      v3       v1    8

        1 to 2 of 3; the next: --offset 2
        """)
    #expect(VersionRendering.partitions(Page(total: 0, offset: 0, items: []), asset: "a/b", style: .plain) == "none of a/b")
  }

  @Test func `Versions name what they were made from`() {
    let version = VersionDetail(
      asset: "a/b", partition: "", number: 2, state: "promoted", current: true, run: 7, attempt: 1, at: Fixtures.instant,
      metadata: ["rows": 3], inputs: [.init(asset: "a/c", partition: "x", version: 4, binding: "lastKnownGood")], omitted: 9)
    #expect(
      VersionRendering.versions([version], asset: "a/b", style: .plain) == """
        v2  promoted, current  2013-11-03 06:00:00Z  run 7
          rows: 3
          from a/c[x] v4, last known good
          from 9 more
        """)
  }

  @Test func `A live event is one line`() {
    let event = LiveEvent(
      position: 9, at: Fixtures.instant, kind: .versionPromoted, run: 1, step: 2, asset: "weather/hourly",
      partition: "2013-01-01", message: "v1")
    #expect(RunRendering.line(event, style: .plain) == "06:00:00.000  promoted    weather/hourly[2013-01-01]  v1")
  }

  @Test(arguments: [
    (LiveEvent.Kind.stepGranted, "granted     a/b"), (.stepStarted, "started     a/b"), (.versionDiscarded, "discarded   a/b"),
    (.locationChanged, "location changed  a/b"), (.workspaceReloaded, "workspace reloaded  a/b"),
  ])
  func `What happened never touches what it happened to`(kind: LiveEvent.Kind, words: String) {
    let event = LiveEvent(position: 9, at: Fixtures.instant, kind: kind, run: 1, step: 2, asset: "a/b")
    #expect(RunRendering.line(event, style: .plain)?.text == "06:00:00.000  \(words)")
  }

  @Test func `The end of an attempt names it, and a step's end does not say the same once more`() {
    func event(_ kind: LiveEvent.Kind) -> LiveEvent {
      LiveEvent(
        position: 9, at: Fixtures.instant, kind: kind, run: 1, step: 2, attempt: kind == .attemptEnded ? 2 : nil, asset: "a/b",
        state: "failed", message: "no disk")
    }
    #expect(RunRendering.line(event(.attemptEnded), style: .plain) == "06:00:00.000  failed      a/b attempt 2  no disk")
    #expect(RunRendering.line(event(.stepEnded), isRepeat: true, style: .plain) == "06:00:00.000  failed      a/b")
  }

  @Test func `Every attempt of a step that failed is told, and those that failed alike once`() {
    let after = { (seconds: Int) in Instant(Fixtures.instant.timestamp + .seconds(seconds)) }
    let attempts = ["no disk", "no disk", "no disk", "out of memory"].enumerated().map { number, message in
      AttemptSummary(
        number: number + 1, state: "failed", startedAt: Fixtures.instant, endedAt: after(number + 2), message: message)
    }
    let step = StepSummary(
      ordinal: 0, step: "a/b", location: "a", assets: ["a/b"], partition: "x", state: .failed, attempts: 4,
      message: "out of memory", failedAttempts: attempts)
    #expect(
      RunRendering.troubled([step], style: .plain).joined(separator: "\n") == """

        failed    a/b[x]  of a  after 4 attempts
          attempts 1 to 3 failed
              no disk
          attempt 4 failed after 5s
              out of memory
        """)
  }

  @Test func `A line of a log says when, how bad and whose, and its further lines stand below`() {
    let line = LogEntry(
      sequence: 1, position: 1, at: Fixtures.instant, step: 3, attempt: 2, location: "a", asset: "a/b", partition: "x",
      level: "warning", message: "two\nlines")
    #expect(
      LogRendering.line(line, isAlone: false, style: .plain) == """
        2013-11-03 06:00:00.000Z  warning  a/b[x] attempt 2  two
                                           lines
        """)
    #expect(LogRendering.line(line, isAlone: true, style: .plain).text.hasPrefix("2013-11-03 06:00:00.000Z  warning  two\n"))
  }
}

@Suite("Progress")
struct ProgressTests {
  @Test func `A bar fills with the finished steps and fits the terminal`() {
    let line = ProgressLine.bar(Fixtures.run(), elapsed: .seconds(12), width: 80, style: .plain)
    #expect(line == "run 7  █████████████████░░░░░░░░░░░   62%  1812/2920  8 running  2 blocked  12s")
    #expect(line.width < 80)
  }

  @Test func `A plain line says the same in words`() {
    #expect(
      ProgressLine.plain(Fixtures.run(), elapsed: .milliseconds(61_500))
        == "run 7 running: 1812 of 2920 steps (62%)  8 running  2 blocked  1m01s")
  }

  @Test(arguments: [
    (Duration.milliseconds(340), "340ms"), (.seconds(12), "12s"), (.seconds(185), "3m05s"), (.seconds(7_800), "2h10m"),
  ])
  func `Durations are short`(duration: Duration, text: String) { #expect(ProgressLine.short(duration).text == text) }
}
