// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import ControlPlaneAPI
import Foundation
import FoundationNetworking
import Orchestrator
import Synchronization
import Testing

@Suite("Traces, from a request to a step", .timeLimit(.minutes(10)))
struct RequestTraceTests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let parent = "00-\(traceID)-00f067aa0ba902b7-01"

  /// What steps saw, by the run that they belonged to.
  private final class Seen: Sendable {
    private let all = Mutex<[UInt64: [StepTrace?]]>([:])
    func note(_ step: Step) { all.withLock { $0[step.run.number, default: []].append(step.trace) } }
    func traces(of run: UInt64) -> [StepTrace?] { all.withLock { $0[run] ?? [] } }
  }

  private func withTeam(_ body: @escaping @Sendable (ControlPlaneClient, Seen) async throws -> Void) async throws {
    let seen = Seen()
    let attempts = Mutex(0)
    struct Flaky: Error {}
    let definitions = Definitions {
      Asset("team/a") { step in
        seen.note(step)
        return [1]
      }
      .check("traced") { _, step in
        seen.note(step)
        return .pass
      }
      Asset("team/flaky") { step in
        seen.note(step)
        if attempts.withLock({ count in
          count += 1
          return count == 1
        }) {
          throw Flaky()
        }
        return [1]
      }
      .retry(RetryPolicy(maxAttempts: 2, delay: .milliseconds(1)))
    }
    let location = try await RunningLocation("team", at: sockets.path("team"), definitions)
    try await RunningAPI.serve(try sockets.workspace(["team"])) { client, engine in
      try await engine.wait { $0.has("team/a") }
      try await body(client, seen)
    }
    try await location.stop()
  }

  /// Posts a body with headers as they are, as any HTTP client does, and answers what comes as JSON.
  private static func post(
    _ url: String, _ body: String, _ headers: [(String, String)]
  ) async throws -> [String: Any] {
    var request = URLRequest(url: try #require(URL(string: url)))
    request.httpMethod = "POST"
    request.httpBody = Data(body.utf8)
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    for (name, value) in headers { request.addValue(value, forHTTPHeaderField: name) }
    let (data, _) = try await URLSession.shared.data(for: request)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private static func run(
    _ client: ControlPlaneClient, _ selection: String = "team/a", checksOnly: Bool = false, headers: [(String, String)]
  ) async throws -> (id: UInt64, trace: [String: String]) {
    let answer = try await post(
      client.url + "/v1/runs?wait=60", #"{"selection": "\#(selection)", "checks_only": \#(checksOnly)}"#, headers)
    let run = try #require(answer["run"] as? [String: Any], "\(answer)")
    #expect(run["state"] as? String == "succeeded")
    let trace = run["trace"] as? [String: Any] ?? [:]
    return (UInt64(try #require(run["id"] as? Int)), trace.compactMapValues { $0 as? String })
  }

  @Test func `a step sees the trace of the request that launched it, with a span of its own`() async throws {
    try await withTeam { client, seen in
      let (run, shown) = try await Self.run(client, headers: [("traceparent", Self.parent), ("tracestate", "vendor=1, other=2")])
      #expect(shown == ["trace_id": Self.traceID, "parent_id": "00f067aa0ba902b7", "state": "vendor=1,other=2"])
      let traces = seen.traces(of: run)
      // The closure and its check.
      #expect(traces.count == 2 && traces[0] == traces[1])
      let trace = try #require(traces[0])
      #expect(trace.traceID.description == Self.traceID && trace.parentID.description == "00f067aa0ba902b7")
      #expect(trace.spanID != trace.parentID && trace.isSampled && trace.tracestate == "vendor=1,other=2")
      let detail = try await client.run(run)
      #expect(detail.run.trace?.traceID == Self.traceID && detail.run.trace?.sampled == true)
      #expect(try await client.runs(limit: 1).first?.trace == detail.run.trace)
    }
  }

  @Test func `retries and steps that only check keep the trace, each attempt with its span`() async throws {
    try await withTeam { client, seen in
      let (run, _) = try await Self.run(client, "team/flaky", headers: [("traceparent", Self.parent)])
      let traces = seen.traces(of: run).compactMap { $0 }
      #expect(traces.map(\.traceID.description) == [Self.traceID, Self.traceID])
      #expect(Set(traces.map(\.spanID)).count == 2)

      _ = try await Self.run(client, headers: [])
      let (checks, _) = try await Self.run(client, checksOnly: true, headers: [("traceparent", Self.parent)])
      #expect(seen.traces(of: checks).map { $0?.traceID.description } == [Self.traceID])
    }
  }

  @Test func `a request without a trace, or with one that means nothing, launches an untraced run`() async throws {
    try await withTeam { client, seen in
      for headers in [
        [], [("traceparent", "00-\(Self.traceID)-0000000000000000-01")], [("traceparent", Self.parent.uppercased())],
        [("tracestate", "vendor=1")], [("traceparent", "ff" + Self.parent.dropFirst(2))],
      ] {
        let (run, shown) = try await Self.run(client, headers: headers)
        #expect(shown.isEmpty, "\(headers)")
        #expect(seen.traces(of: run) == [nil, nil], "\(headers)")
      }
      // A malformed state is left out alone.
      let (_, shown) = try await Self.run(client, headers: [("traceparent", Self.parent), ("tracestate", "no state at all")])
      #expect(shown["trace_id"] == Self.traceID && shown["state"] == nil)
    }
  }

  @Test func `many launches in one request are all part of its trace, and our client sends one`() async throws {
    try await withTeam { client, seen in
      let context = try #require(TraceContext(traceparent: Self.parent, tracestate: "vendor=1"))
      let answers = try await client.launch(
        [LaunchRequest(selection: "team/a"), LaunchRequest(selection: "team/flaky")], trace: context)
      for answer in answers {
        let run = try #require(answer.run)
        #expect(try await client.run(run, wait: 60).run.trace == RunTrace(context))
        #expect(seen.traces(of: run).allSatisfy { $0?.context.state == "vendor=1" && $0?.traceID == context.traceID })
      }
      let single = try await client.launch(LaunchRequest(selection: "team/a"), wait: 60, trace: context)
      #expect(single.run.trace == RunTrace(context))
    }
  }
}
