// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Foundation
import SluiceCommands
import Testing

@Suite("The API's shapes")
struct APIShapeTests {
  private func json(_ value: some Encodable) throws -> String { String(decoding: try APICoding.encode(value), as: UTF8.self) }

  @Test func `An asset has the documented fields, and its counts sum to the total`() throws {
    let asset = AssetDetail(
      key: "weather/hourly", location: "weather", group: "raw", step: "weather/hourly",
      partitioning: Partitioning(kind: .daily, first: "2013-01-01", last: "2013-12-31", zone: "America/New_York"),
      partitions: PartitionCounts(promoted: 363, rejected: 2),
      gate: GateState(open: false, reasons: [Fixtures.repeatedHour]),
      checks: [.init(name: "one row per airport and hour", severity: "block")],
      dependencies: [.init(asset: "a/b", location: "a", mapping: "identity", binding: "gated")], dependents: ["weather/daily"])
    #expect(
      try json(asset) == """
        {"checks":[{"name":"one row per airport and hour","severity":"block"}],\
        "dependencies":[{"asset":"a/b","binding":"gated","location":"a","mapping":"identity"}],"dependents":["weather/daily"],\
        "gate":{"omitted":0,"open":false,"reasons":[{"asset":"weather/hourly","because":[],\
        "check":"one row per airport and hour","command":"sluice materialize weather/hourly+ --partitions 2013-11-03",\
        "kind":"rejected","location":"weather","message":"3 hours appear twice",\
        "metadata":{"hours":{"type":"list","value":[{"type":"text","value":"EWR 1"},{"type":"text","value":"JFK 1"},\
        {"type":"text","value":"LGA 1"}]}},"omitted":0,"outcome":"failed","partition":"2013-11-03","run":1,"version":1}]},\
        "group":"raw","key":"weather/hourly","kinds":[],"location":"weather","owners":[],\
        "partitioning":{"first":"2013-01-01","kind":"daily","last":"2013-12-31","zone":"America/New_York"},\
        "partitions":{"blocked":0,"failed":0,"missing":0,"promoted":363,"rejected":2,"running":0,"total":365},\
        "shared_with":[],"step":"weather/hourly","tags":{}}
        """)
  }

  @Test func `A run has snake case fields and instants in UTC`() throws {
    #expect(
      try json(Fixtures.run(.failed, steps: StepCounts(succeeded: 1, failed: 1))) == """
        {"cause":"manual","checks_only":false,"created_at":"2013-11-03T06:00:00.000Z","ended_at":"2013-11-03T06:03:05.000Z",\
        "id":7,"selection":"weather/hourly+","state":"failed",\
        "steps":{"blocked":0,"cancelled":0,"failed":1,"rejected":0,"running":0,"succeeded":1,"total":2,"waiting":0}}
        """)
  }

  @Test func `A run that was launched in a trace shows it`() throws {
    let context = try #require(
      TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: "vendor=1"))
    let trace = RunTrace(context)
    #expect(
      try json(trace) == """
        {"parent_id":"00f067aa0ba902b7","sampled":true,"state":"vendor=1","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}
        """)
    #expect(try APICoding.decode(from: try APICoding.encode(trace)) == trace)
  }

  @Test func `A command takes the trace that its environment names, and says where that is none`() {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    #expect(CallingTrace([:]) == CallingTrace(["TRACEPARENT": "", "TRACESTATE": "a=1"]))
    #expect(CallingTrace([:]).context == nil && CallingTrace([:]).note == nil)
    let traced = CallingTrace(["TRACEPARENT": parent, "TRACESTATE": "a=1"])
    #expect(traced.context?.traceparent == parent && traced.context?.state == "a=1" && traced.note == nil)
    let malformed = CallingTrace(["TRACEPARENT": parent.uppercased()])
    #expect(malformed.context == nil && malformed.note?.contains("TRACEPARENT") == true)
  }

  @Test func `A refusal is an error with code, message and mend`() throws {
    #expect(
      try json(APIErrorBody(APIError(.notFound, "no location defines 'a/b'", mend: "sluice assets"))) == """
        {"error":{"code":"not_found","mend":"sluice assets","message":"no location defines 'a/b'"}}
        """)
  }

  @Test func `Names in metadata, tags and partitions stay as they are written`() throws {
    let version = VersionSummary(
      asset: "a/b", partition: "", number: 1, state: "promoted", at: Fixtures.instant, metadata: ["rowCount": 3])
    #expect(try json(version).contains(#""metadata":{"rowCount":{"type":"int","value":3}}"#))
    #expect(try APICoding.decode(VersionSummary.self, from: try APICoding.encode(version)) == version)
  }

  @Test func `Everything that is encoded is decoded again`() throws {
    #expect(try APICoding.decode(from: try APICoding.encode(Fixtures.why)) == Fixtures.why)
    #expect(try APICoding.decode(from: try APICoding.encode(Fixtures.run())) == Fixtures.run())
    let launch = LaunchRequest(selection: "*", partitions: "all", checksOnly: true, clientKey: "k")
    #expect(try APICoding.decode(from: try APICoding.encode(launch)) == launch)
  }

  @Test func `A launch needs only a selection`() throws {
    #expect(try APICoding.decode(from: Data(#"{"selection":"*"}"#.utf8)) == LaunchRequest(selection: "*"))
  }

  @Test func `Fields and kinds of a later version are no error`() throws {
    let text = #"{"kind":"quarantined","asset":"a/b","partition":"","because":[],"omitted":0,"colour":"red"}"#
    #expect(try APICoding.decode(GateReason.self, from: Data(text.utf8)).kind.rawValue == "quarantined")
  }

  @Test(arguments: [
    ("2013-11-03T06:00:00.000Z", true), ("2013-11-03T06:00:00Z", true), ("2013-11-03T02:00:00-04:00", true),
    ("2013-11-03", false), ("yesterday", false),
  ])
  func `An instant is an ISO 8601 text`(text: String, isInstant: Bool) {
    #expect(Instant(text) == (isInstant ? Fixtures.instant : nil))
  }

  @Test func `An instant may be typed as a day, or as how long ago`() {
    let now = Fixtures.instant.timestamp
    #expect(InstantText.instant("2013-11-03T06:00:00Z", now: now) == Fixtures.instant)
    #expect(InstantText.instant("2013-11-03", now: now)?.description == "2013-11-03T00:00:00.000Z")
    #expect(InstantText.instant("90m", now: now)?.description == "2013-11-03T04:30:00.000Z")
    #expect(InstantText.instant("7d", now: now)?.description == "2013-10-27T06:00:00.000Z")
    for text in ["", "d", "yesterday", "-1h", "1w", "99999999999999999999d", "2013-02-30"] {
      #expect(InstantText.instant(text, now: now) == nil, "\(text)")
    }
  }

  @Test(arguments: [
    "0827-11-03T06:00:00.000Z", "0001-01-01T00:00:00.000Z", "1582-10-10T12:00:00.000Z", "9999-12-31T23:59:59.999Z",
  ])
  func `An instant is written as it was read in every year`(text: String) {
    #expect(Instant(text)?.description == text)
  }
}

@Suite("The API's routes")
struct RouteTests {
  @Test(arguments: [
    (Route.status, "GET", "/v1/status"),
    (.asset("weather/hourly"), "GET", "/v1/asset?asset=weather/hourly"),
    (.asset("a/b", columns: true), "GET", "/v1/asset?asset=a/b&columns=true"),
    (.assets(selection: "+a/*"), "GET", "/v1/assets?selection=%2Ba/%2A"),
    (.versions(asset: "a/b", partition: "latest", limit: 5), "GET", "/v1/versions?asset=a/b&partition=latest&limit=5"),
    (.preview(asset: "a/b", version: 3, limit: 5), "GET", "/v1/preview?asset=a/b&version=3&limit=5"),
    (
      .partitions(asset: "a/b", offset: 5, limit: 10, state: .rejected), "GET",
      "/v1/partitions?asset=a/b&offset=5&limit=10&state=rejected"
    ),
    (.why(asset: "a/b", partition: "x & y"), "GET", "/v1/why?asset=a/b&partition=x%20%26%20y"),
    (.launch(), "POST", "/v1/runs"), (.launch(wait: 5), "POST", "/v1/runs?wait=5"),
    (.launchMany(), "POST", "/v1/launches"), (.launchMany(wait: 5), "POST", "/v1/launches?wait=5"),
    (.run(7), "GET", "/v1/runs/7"), (.run(7, wait: 5), "GET", "/v1/runs/7?wait=5"),
    (.logs(run: 7, step: 3, after: 9, limit: 5), "GET", "/v1/runs/7/logs?step=3&after=9&limit=5"),
    (.cancel(run: 7), "POST", "/v1/runs/7/cancel"), (.backUp, "POST", "/v1/backups"),
    (
      .runs(
        RunQuery(state: .failed, cause: "weather/at night", checksOnly: false, asset: "a/b", since: Fixtures.instant), limit: 1),
      "GET",
      "/v1/runs?state=failed&cause=weather/at%20night&checks_only=false&asset=a/b&since=2013-11-03T06%3A00%3A00.000Z&limit=1"
    ),
    (.runs(before: 7, limit: 1), "GET", "/v1/runs?before=7&limit=1"),
    (.events(run: 7, after: 40), "GET", "/v1/runs/7/events?after=40"), (.events(), "GET", "/v1/events"),
    (.setSchedule(location: "weather", name: "at night", paused: true), "POST", "/v1/schedules/weather/at%20night/pause"),
  ])
  func `A route is a method and an escaped target`(route: Route, method: String, target: String) {
    #expect(route.method == method)
    #expect(route.target == target)
  }

  @Test func `The document names every route`() throws {
    let document = try String(contentsOf: RepositoryFile.url("docs/api.md"), encoding: .utf8)
    for pattern in Route.Pattern.allCases { #expect(document.contains(pattern.rawValue), "\(pattern.rawValue)") }
  }
}

@Suite("The event stream")
struct EventStreamTests {
  @Test func `Events come out whole, however the bytes are cut`() throws {
    let event = LiveEvent(position: 3, at: Fixtures.instant, kind: .runStarted, run: 1, message: "line\nbreak")
    let text = ": still here\n\n" + (try event.serverSentEvent()) + "event: end\ndata: {}\r\n\r\n"
    for size in [1, 7, 1_000] {
      var parser = EventStreamParser()
      var messages: [EventStreamParser.Message] = []
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        messages += parser.consume(bytes[start..<min(start + size, bytes.count)])
      }
      #expect(messages.map(\.event) == ["run_started", "end"])
      #expect(messages.first?.id == "3")
      #expect(try messages.first.map { try APICoding.decode(LiveEvent.self, from: Data($0.data.utf8)) } == event)
    }
  }

  @Test func `A stream that breaks inside an event gives nothing of it`() {
    var parser = EventStreamParser()
    #expect(parser.consume("id: 1\ndata: {\"a\":1}\n".utf8).isEmpty)
  }
}
