// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization
import Testing

@Suite("A launch's trace")
struct TraceTests {
  private static func context() throws -> TraceContext {
    try #require(
      TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: "vendor=1"))
  }

  private static func launch(
    _ bench: inout Bench, _ text: String = "up/a", kind: RunKind = .materialize, trace: TraceContext? = nil
  ) throws {
    let reply = bench.send(.launch(LaunchRequest(try Selection(text), kind: kind, trace: trace))).reply
    guard case .launched = reply else { throw CommandError(.notFound, "not launched: \(reply)") }
  }

  /// The trace with which each grant went out.
  private func traces(_ bench: Bench) -> [TraceContext?] {
    bench.effects.compactMap { effect -> TraceContext?? in
      if case .grant(_, let trace) = effect { .some(trace) } else { nil }
    }
  }

  @Test("Every grant of the run carries it, over retries and a restart")
  func everyGrant() throws {
    let context = try Self.context()
    var bench = Bench()
    bench.deploy(
      "up", [.step("up/a", retry: RetryPolicy(maxAttempts: 3, delay: .seconds(1))), .step("up/b", from: [.on("up/a")])])
    try Self.launch(&bench, "up/a+", trace: context)
    bench.fail(try bench.grant("up/a"))
    bench.pass(.seconds(60))
    let granted = try bench.grant("up/a")
    #expect(granted.attempt == 2)

    bench.restart()
    #expect(bench.state == bench.replayed())
    bench.connect("up", instance: "second")
    #expect(try bench.grant("up/a").attempt == 3)
    try bench.complete("up/a")
    try bench.complete("up/b")
    #expect(traces(bench) == Array(repeating: context, count: 4))
  }

  @Test("Steps that only check have it, too")
  func checksOnly() throws {
    let context = try Self.context()
    var bench = Bench()
    bench.deploy("up", [.step("up/a", checks: ["one"])])
    try bench.materialize("up/a")
    try Self.launch(&bench, kind: .checksOnly, trace: context)
    #expect(traces(bench) == [nil, context])
  }

  @Test("Without one nothing is made up, by hand or by a schedule")
  func none() throws {
    var bench = Bench()
    let schedule = ScheduleSpec(
      name: "hourly", cron: try CronExpression("0 * * * *"), zone: .utc, selection: try Selection("up/*"))
    bench.deploy("up", [.step("up/a")], schedules: [schedule])
    try Self.launch(&bench)
    try bench.complete("up/a")
    bench.pass(.seconds(3_600))
    #expect(traces(bench) == [nil, nil])
  }

  @Test("A repeat under one key is the run of then, with its trace")
  func repeats() throws {
    let context = try Self.context()
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    for trace in [context, nil] {
      bench.send(.launch(LaunchRequest(try Selection("up/a"), clientKey: "k", trace: trace)))
    }
    let plans = bench.events.compactMap { if case .runLaunched(let plan) = $0 { plan } else { nil } }
    #expect(plans.map(\.trace) == [context])
  }
}

extension EngineTests {
  @Test("a traced run's grants have spans of their own, and the history knows the trace")
  func traced() async throws {
    let context = try #require(TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
    try await withEngine(manifests: [try Self.shop()]) { engine, plane in
      let run = try await engine.launch(LaunchRequest(.all, trace: context)).run
      #expect(try await engine.outcome(of: run) == .succeeded)
      let later = try await engine.launch(LaunchRequest(.all)).run
      #expect(try await engine.outcome(of: later) == .succeeded)
      let grants = plane.granted.withLock { $0 }
      let traced = grants.filter { $0.attempt.step.run == run }
      #expect(traced.count == 3 && traced.allSatisfy { $0.trace == StepTrace(of: $0.attempt, in: context) })
      #expect(Set(traced.compactMap(\.trace?.spanID)).count == 3)
      #expect(grants.filter { $0.attempt.step.run == later }.allSatisfy { $0.trace == nil })
      #expect(try await engine.history.run(run)?.trace == context)
      let untraced = try #require(try await engine.history.run(later))
      #expect(untraced.trace == nil)
    }
  }
}
