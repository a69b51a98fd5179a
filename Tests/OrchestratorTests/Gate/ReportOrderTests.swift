// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// A host may say anything in any order: a version that a blocking check failed on is never read (semantics 3).
@Suite("A failed check stands, whatever follows")
struct ReportOrderTests {
  /// How a run over the upstream is launched.
  enum Launch: String, CaseIterable, Sendable { case manual, schedule, downstream, checksOnly }

  private static func bench(retry: RetryPolicy = .none) throws -> Bench {
    var bench = Bench()
    let asset = AssetSpec(
      key: "up/a", sharedWith: ["down"], output: OutputSpec(scheme: "file", format: "jsonl/1"),
      checks: [CheckSpec(name: "unique", retry: retry)])
    let hourly = ScheduleSpec(
      name: "hourly", cron: try CronExpression("0 * * * *"), zone: .utc, selection: try Selection("up/a"))
    bench.deploy("up", [StepSpec(name: "up/a", outputs: [asset])], schedules: [hourly])
    bench.deploy("down", [.step("down/b", from: [.on("up/a")])])
    return bench
  }

  private static func said(_ outcome: CheckOutcome) -> CheckEvaluation {
    CheckEvaluation(check: check("unique"), severity: .block, outcome: outcome)
  }

  /// Launches the upstream in one of four ways; of a checks-only run the version was promoted before with another check.
  private static func begin(_ launch: Launch, _ bench: inout Bench) throws -> GrantRecord {
    switch launch {
    case .manual: _ = try bench.launch("up/a")
    case .schedule: bench.pass(.seconds(3_600))
    case .downstream: _ = try bench.launch("+down/b")
    case .checksOnly:
      try bench.materialize("up/a")
      bench.deploy("up", [.step("up/a", checks: ["unique", "fresh"])])
      _ = try bench.launch("up/a", kind: .checksOnly)
    }
    return try bench.grant("up/a")
  }

  private static let orders: [[Int]] = {
    func permutations(_ items: [Int]) -> [[Int]] {
      items.isEmpty ? [[]] : items.flatMap { item in permutations(items.filter { $0 != item }).map { [item] + $0 } }
    }
    return permutations([0, 1, 2, 3])
  }()

  @Test(arguments: Launch.allCases)
  func `in each of the orders of four reports nothing downstream reads a version whose check failed first`(
    launch: Launch
  ) throws {
    for order in Self.orders {
      var bench = try Self.bench()
      let grant = try Self.begin(launch, &bench)
      let name = launch == .checksOnly ? "fresh" : "unique"
      func said(_ outcome: CheckOutcome) -> CheckEvaluation {
        CheckEvaluation(check: check(name), severity: .block, outcome: outcome)
      }
      let reports: [(AttemptID) -> StepReport] = [
        { .staged($0, [.at("up/a")]) }, { .checked($0, asset: "up/a", [said(.failed)]) },
        { .checked($0, asset: "up/a", [said(.passed)]) }, { .finished($0, .completed) },
      ]
      bench.report(grant) { .started($0) }
      let before = bench.grants.count
      for index in order { bench.report(grant, reports[index]) }
      _ = try? bench.launch("down/b")
      let place = order.reduce(into: [Int: Int]()) { $0[$1] = $0.count }
      let isFailedFirst = place[1, default: 0] < place[2, default: 0]
      // What passes before it is staged, or after the attempt ended, has not passed.
      let isPassedInTurn =
        place[2, default: 0] < place[3, default: 0] && (launch == .checksOnly || place[0, default: 0] < place[2, default: 0])
      if isFailedFirst || !isPassedInTurn {
        #expect(!bench.isGranted("down/b"), "\(launch) \(order)")
      }
      #expect(bench.replayed() == bench.state, "\(launch) \(order), \(before) grants before")
    }
  }

  @Test(arguments: [[CheckOutcome.failed, .passed], [.failed, .failed, .passed], [.errored, .passed], [.timedOut, .passed]])
  func `in one report, too, the first outcome stands`(outcomes: [CheckOutcome]) throws {
    var bench = try Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    bench.report(grant) { .checked($0, asset: "up/a", outcomes.map(Self.said)) }
    bench.report(grant) { .finished($0, .completed) }
    #expect(bench.outcome(run) == .rejected)
    #expect(!bench.gate("up/a").isOpen)
    #expect(bench.core.tallies["up"]?[.contradiction] == 1)
  }

  @Test func `a contradiction is recorded in the attempt's log`() throws {
    var bench = try Self.bench()
    _ = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    bench.report(grant) { .checked($0, asset: "up/a", [Self.said(.failed), Self.said(.passed)]) }
    let lines = bench.events.flatMap { if case .logged(_, _, let lines, _) = $0 { lines } else { [LogLine]() } }
    #expect(lines.map(\.level) == [.error])
    #expect(lines.first?.message.contains("reported as passed after failed, which stands") == true)
  }

  @Test func `an errored check is replaced within its retry policy, as often as that says`() throws {
    for (errors, isOpen) in [(1, true), (2, true), (3, false)] {
      var bench = try Self.bench(retry: RetryPolicy(maxAttempts: 3))
      _ = try bench.launch("up/a")
      let grant = try bench.grant("up/a")
      bench.stage(grant)
      for _ in 0..<errors { bench.report(grant) { .checked($0, asset: "up/a", [Self.said(.errored)]) } }
      bench.report(grant) { .checked($0, asset: "up/a", [Self.said(.passed)]) }
      bench.report(grant) { .finished($0, .completed) }
      #expect(bench.gate("up/a").isOpen == isOpen, "\(errors) errors")
    }
  }

  @Test(arguments: [1, 3])
  func `a check that erred before a restart has no try left after it`(maxAttempts: Int) throws {
    var bench = try Self.bench(retry: RetryPolicy(maxAttempts: maxAttempts))
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    bench.report(grant) { .checked($0, asset: "up/a", [Self.said(.errored)]) }
    bench.restart()
    bench.connect("up", attempts: [KnownAttempt(attempt: bench.id(of: grant), reports: [])])
    bench.report(grant) { .checked($0, asset: "up/a", [Self.said(.passed)]) }
    bench.report(grant) { .finished($0, .completed) }
    #expect(bench.outcome(run) == .rejected)
    #expect(bench.core.tallies["up"]?[.contradiction] == 1)
  }

  @Test(arguments: [true, false])
  func `a retry policy that is deployed later gives an attempt in flight no further try`(isReportedBefore: Bool) throws {
    var bench = try Self.bench()
    let run = try bench.launch("up/a")
    let grant = try bench.grant("up/a")
    bench.stage(grant)
    if isReportedBefore { bench.report(grant) { .checked($0, asset: "up/a", [Self.said(.errored)]) } }
    let asset = AssetSpec(
      key: "up/a", sharedWith: ["down"], output: OutputSpec(scheme: "file", format: "jsonl/1"),
      checks: [CheckSpec(name: "unique", retry: RetryPolicy(maxAttempts: 5))])
    bench.deploy("up", [StepSpec(name: "up/a", outputs: [asset])])
    if !isReportedBefore { bench.report(grant) { .checked($0, asset: "up/a", [Self.said(.errored)]) } }
    bench.report(grant) { .checked($0, asset: "up/a", [Self.said(.passed)]) }
    bench.report(grant) { .finished($0, .completed) }
    #expect(bench.outcome(run) == .rejected)
  }

  @Test func `a check that failed on a version never passes on it, whatever later check-only runs say`() throws {
    var bench = try Self.bench()
    try bench.materialize("up/a")
    for outcome in [CheckOutcome.failed, .passed, .errored, .passed] {
      let run = try bench.launch("up/a", kind: .checksOnly)
      let grant = try bench.grant("up/a")
      bench.report(grant) { .checked($0, asset: "up/a", [Self.said(outcome)]) }
      bench.report(grant) { .finished($0, .completed) }
      #expect(bench.outcome(run) == .rejected)
      #expect(!bench.gate("up/a").isOpen)
    }
    bench.restart()
    bench.connect("up")
    bench.connect("down")
    _ = try bench.launch("down/b")
    #expect(!bench.isGranted("down/b"))
    try bench.materialize("up/a")
    #expect(bench.gate("up/a").isOpen)
  }

  @Test func `a warning that failed is no pass once the team makes it blocking`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", checks: ["?plausible"])])
    try bench.materialize("up/a", failing: ["plausible"])
    bench.deploy("up", [.step("up/a", checks: ["plausible"])])
    _ = try bench.launch("up/a", kind: .checksOnly)
    bench.complete(try bench.grant("up/a"))
    #expect(!bench.gate("up/a").isOpen)
  }
}
