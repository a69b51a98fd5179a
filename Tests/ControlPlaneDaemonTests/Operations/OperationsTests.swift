// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import ControlPlaneAPI
import ControlPlaneDaemon
import Foundation
import FoundationNetworking
import Logging
import Orchestrator
import Synchronization
import Testing

@Suite("Metrics, probes and logs", .timeLimit(.minutes(10)))
struct OperationsTests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  private static func get(_ url: String) async throws -> (status: Int, type: String, text: String) {
    let (data, response) = try await URLSession.shared.data(from: try #require(URL(string: url)))
    let answer = try #require(response as? HTTPURLResponse)
    return (answer.statusCode, answer.value(forHTTPHeaderField: "Content-Type") ?? "", String(decoding: data, as: UTF8.self))
  }

  @Test func `metrics count steps by outcome, gate closings, and what each location does`() async throws {
    let definitions = Definitions {
      Asset("team/good") { _ in [1] }
      Asset("team/bad") { _ in [1] }.check("never") { _, _ in .fail("no") }
    }
    let location = try await RunningLocation("team", at: sockets.path("team"), slots: 3, definitions)
    try await RunningAPI.serve(try sockets.workspace(["team"])) { client, engine in
      try await engine.wait { $0.has("team/bad") }
      _ = try await client.launch(LaunchRequest(selection: "*"), wait: 60)
      let before = engine.position
      let metrics = try await Self.get(client.url + "/metrics")
      // Settlements may still come in.
      let positions = before...engine.position
      #expect(metrics.status == 200)
      #expect(metrics.type.hasPrefix("text/plain; version=0.0.4"))
      for line in [
        #"sluice_steps_total{location="team",outcome="succeeded"} 1"#,
        #"sluice_steps_total{location="team",outcome="rejected"} 1"#,
        #"sluice_gate_closings_total{location="team"} 1"#, #"sluice_promotions_total{location="team"} 1"#,
        #"sluice_runs_total{outcome="failed"} 1"#, #"sluice_location_connected{location="team"} 1"#,
        #"sluice_location_slots{location="team"} 3"#, #"sluice_location_queue_depth{location="team"} 0"#, "sluice_leader 1",
        "sluice_epoch 1", "sluice_ready 1", "sluice_runs_in_progress 0", "# TYPE sluice_journal_append_seconds histogram",
      ] {
        #expect(metrics.text.split(separator: "\n").contains(Substring(line)), "\(line) is missing")
      }
      #expect(positions.contains { metrics.text.contains("sluice_journal_position \($0)\n") })
      #expect(try await Self.get(client.url + "/healthz").status == 200)
      #expect(try await Self.get(client.url + "/readyz").text == "ok\n")
    }
    try await location.stop()
  }

  @Test func `metrics ask for the token where one is set, and probes do not`() async throws {
    try await RunningAPI.serve(try sockets.workspace([]), token: "secret") { client, _ in
      let metrics = try await Self.get(client.url + "/metrics").status
      let probe = try await Self.get(client.url + "/healthz").status
      #expect(metrics == 401 && probe == 200)
    }
  }

  @Test func `values and labels are written as Prometheus reads them`() {
    var text = PrometheusText()
    text.add("a_total", .counter, "Some.", [([("name", "a \"b\"\\\n")], 3)])
    text.add("b", .gauge, "Others.", 0.25)
    var histogram = Histogram()
    for duration in [Duration.milliseconds(1), .milliseconds(20), .seconds(60)] { histogram.observe(duration) }
    text.add("c_seconds", "How long.", histogram)
    let lines = text.text.split(separator: "\n").map(String.init)
    #expect(lines[2] == #"a_total{name="a \"b\"\\\n"} 3"#)
    #expect(lines.contains("b 0.25"))
    #expect(lines.contains(#"c_seconds_bucket{le="0.001"} 1"#) && lines.contains(#"c_seconds_bucket{le="0.025"} 2"#))
    #expect(lines.contains(#"c_seconds_bucket{le="+Inf"} 3"#) && lines.contains("c_seconds_count 3"))
  }

  @Test func `values of others forge no line of the metrics, and act on no terminal`() {
    var text = PrometheusText()
    text.add("a_total", .counter, "Some \\ \\\u{301}\nb_total 1", [([("name", "x\"} 1\nb_total 2\r\u{1B}[31m\u{2028}")], 3)])
    text.remark("not ready: a\nb_total 3\u{85}")
    #expect(
      text.text == #"""
        # HELP a_total Some \\ \\́\\nb_total 1
        # TYPE a_total counter
        a_total{name="x\"} 1\nb_total 2\\r\\u{1B}[31m\\u{2028}"} 3
        # not ready: a\nb_total 3\u{85}

        """#)
  }

  @Test func `an entry of the text log is one line, and of the JSON log, too, whatever it quotes`() throws {
    let hostile = "a\r\n2026-01-01T00:00:00+0000 info sluiced: forged\u{1B}[2K\u{7F}\u{9B}\u{85}\u{2028}\u{202E}"
    let lines = Mutex<[String]>([])
    let stream = EntryStream { line in lines.withLock { $0.append(line.text) } }
    for format in ["text", "json"] {
      var logger = Logger(label: hostile) { label -> any LogHandler in
        if format == "text" { return StreamLogHandler(label: label, stream: stream) }
        return JSONLogHandler(
          label: label, write: { data in lines.withLock { $0.append(String(decoding: data, as: UTF8.self)) } })
      }
      logger[metadataKey: "own"] = "\(hostile)"
      logger.warning(
        "\(hostile)",
        metadata: [
          "list": [.string(hostile)], hostile: "x", "epoch": .stringConvertible(UInt64.max),
          "nan": .stringConvertible(Double.nan),
        ])
    }
    let texts = lines.withLock { $0 }
    #expect(texts.count == 2)
    for text in texts {
      #expect(text.unicodeScalars.count { $0 == "\n" } == 1 && text.unicodeScalars.last == "\n")
      #expect(Shown(page: text).text == text && text.contains("18446744073709551615"))
    }
    let fields = try #require(try JSONSerialization.jsonObject(with: Data(texts[1].utf8)) as? [String: Any])
    #expect(fields["message"] as? String == hostile && fields["own"] as? String == hostile)
  }

  @Test func `a log entry is one line of JSON with its ids`() throws {
    let lines = Mutex<[Data]>([])
    let logger = Logger(label: "sluiced") { label in
      JSONLogHandler(label: label, now: { Date(timeIntervalSince1970: 0) }) { line in lines.withLock { $0.append(line) } }
    }
    let log = EventLog(LocationLog(logger))
    let step = StepID(run: RunID(7), ordinal: 0)
    let node = PlannedNode(
      location: try LocationName("team"), step: "team/a", outputs: [try AssetKey("team/a")], space: .single,
      partitions: PartitionSet(0..<1), firstOrdinal: 0)
    let plan = RunPlan(
      id: RunID(7), kind: .materialize, origin: .manual, clientKey: nil, selection: "team/a", nodes: [node], fixedUpstreams: [:],
      trace: TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
    let failure = StepFailure(kind: .threw, message: "a \"quoted\"\nline")
    let events: [Event] = [.runLaunched(plan), .stepFinished(step, .failed(failure)), .runFinished(RunID(7), .failed)]
    log.committed(
      events.map { StampedEvent(at: Timestamp(seconds: 0), event: $0) }, through: 3, latency: .zero, waiting: 0)
    let texts = lines.withLock { $0.map { String(decoding: $0, as: UTF8.self) } }
    #expect(texts.count == 3 && texts.allSatisfy { $0.hasSuffix("}\n") && $0.filter { $0 == "\n" }.count == 1 })
    let fields = try #require(try JSONSerialization.jsonObject(with: lines.withLock { $0[1] }) as? [String: Any])
    #expect(fields["run"] as? Int == 7 && fields["step"] as? Int == 0)
    #expect(fields["location"] as? String == "team" && fields["level"] as? String == "warning")
    #expect(fields["error"] as? String == "a \"quoted\"\nline")
    #expect(fields["at"] as? String == "1970-01-01T00:00:00.000Z")
    #expect(texts.allSatisfy { $0.contains(#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736""#) })
  }

  @Test func `a location's failures have a share of the log, and what is left out is counted`() throws {
    let lines = Mutex<[String]>([])
    let logger = Logger(label: "sluiced") { label in
      JSONLogHandler(label: label, now: { Date(timeIntervalSince1970: 0) }) { line in
        lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
      }
    }
    let log = EventLog(LocationLog(logger))
    let outputs = try (0..<1_000).map { try AssetKey("loud/a\($0)") }
    let loud = PlannedNode(
      location: try LocationName("loud"), step: "loud", outputs: outputs, space: .single, partitions: [0], firstOrdinal: 0)
    let calm = PlannedNode(
      location: try LocationName("calm"), step: "calm/a", outputs: [try AssetKey("calm/a")], space: .single, partitions: [0],
      firstOrdinal: 1)
    let plan = RunPlan(
      id: RunID(7), kind: .materialize, origin: .manual, clientKey: nil, selection: "*", nodes: [loud, calm], fixedUpstreams: [:])
    let failure = StepOutcome.failed(StepFailure(kind: .threw, message: String(repeating: "x", count: 16_000)))
    func failed(_ ordinal: Int, _ second: Int64) -> StampedEvent {
      StampedEvent(at: Timestamp(seconds: second), event: .stepFinished(StepID(run: RunID(7), ordinal: ordinal), failure))
    }
    let events =
      [StampedEvent(at: Timestamp(seconds: 60), event: .runLaunched(plan))] + (0..<5_000).map { _ in failed(0, 61) }
      + [failed(1, 62), failed(1, 120)]
    log.committed(events, through: 1, latency: .zero, waiting: 0)
    let texts = lines.withLock { $0 }
    #expect(texts.count { $0.contains("\"location\":\"loud\"") && $0.contains("step ended") } == EventLogLimits.linesPerMinute)
    #expect(texts.count { $0.contains("\"location\":\"calm\"") && $0.contains("step ended") } == 2)
    let leftOut = texts.filter { $0.contains("were left out") }
    #expect(leftOut.count == 1 && leftOut[0].contains("\"lines\":4400") && leftOut[0].contains("loud"), "\(leftOut)")
    #expect(texts.allSatisfy { $0.utf8.count < 2 * EventLogLimits.messageBytes })
    #expect(texts[1].contains("and 995 more"))
  }
}
