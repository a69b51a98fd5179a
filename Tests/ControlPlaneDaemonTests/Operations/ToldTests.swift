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

/// What happened, or cannot happen, and is told.
@Suite("What is told", .timeLimit(.minutes(2)))
struct ToldTests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  private static func get(_ url: String) async throws -> (status: Int, text: String) {
    let (data, response) = try await URLSession.shared.data(from: try #require(URL(string: url)))
    return (try #require(response as? HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self))
  }

  private static func metrics(_ client: ControlPlaneClient) async throws -> [Substring] {
    try await get(client.url + "/metrics").text.split(separator: "\n")
  }

  // MARK: Schedules

  @Test func `a tick that launched nothing is told by the list of schedules, with what was missed before it`() async throws {
    let id = ScheduleID(location: try LocationName("team"), name: "nightly")
    let journal = MemoryJournal(incarnation: Incarnation(7))
    let epoch = try await journal.open().epoch
    let tick = Event.scheduleTicked(id, tick: Timestamp(seconds: 60), skipped: 3, run: nil, problem: "leaves nothing to do")
    try await journal.append(
      JournalBatch(epoch: epoch, after: 0, events: [StampedEvent(at: Timestamp(seconds: 60), event: tick)]))
    let definitions = Definitions {
      Asset("team/a") { _ in [1] }
      Schedule("nightly", cron: "0 0 29 2 *", in: "UTC", selecting: "team/*")
    }
    let location = try await RunningLocation("team", at: sockets.path("team"), definitions)
    try await RunningAPI.serve(try sockets.workspace(["team"]), on: journal) { client, engine in
      try await engine.wait { $0.has("team/a") }
      let schedule = try #require(try await client.schedules().first)
      #expect(schedule.lastTick == Instant(Timestamp(seconds: 60)) && schedule.lastRun == nil)
      #expect(schedule.lastProblem == "leaves nothing to do" && schedule.lastSkipped == 3 && schedule.runsInProgress == 0)
    }
    try await location.stop()
  }

  @Test func `ticks are counted and logged by what came of them`() async throws {
    let lines = Mutex<[String]>([])
    let logger = Logger(label: "sluiced") { label in
      JSONLogHandler(label: label, now: { Date(timeIntervalSince1970: 0) }) { line in
        lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
      }
    }
    let id = ScheduleID(location: try LocationName("team"), name: "nightly")
    let ticks: [Event] = [
      .scheduleTicked(id, tick: Timestamp(seconds: 1), skipped: 0, run: RunID(1), problem: nil),
      .scheduleTicked(id, tick: Timestamp(seconds: 2), skipped: 0, run: nil, problem: "nothing to do"),
      .scheduleTicked(id, tick: Timestamp(seconds: 9), skipped: 6, run: RunID(2), problem: nil),
    ]
    EventLog(LocationLog(logger)).committed(
      ticks.map { StampedEvent(at: Timestamp(seconds: 9), event: $0) }, through: 3, latency: .zero, waiting: 0)
    let texts = lines.withLock { $0 }
    #expect(texts.count == 2)
    #expect(texts[0].contains(#""level":"warning""#) && texts[0].contains("no run: nothing to do"), "\(texts[0])")
    #expect(texts.allSatisfy { $0.contains(#""schedule":"nightly""#) && $0.contains(#""location":"team""#) })
    #expect(texts[1].contains(#""level":"notice""#) && texts[1].contains(#""skipped":6"#), "\(texts[1])")

    let journal = MemoryJournal(incarnation: Incarnation(7))
    try await RunningAPI.serve(try sockets.workspace([]), on: journal, counting: ticks) { client, _ in
      let metrics = try await Self.metrics(client)
      for (result, count) in [("launched", 2), ("nothing", 1), ("skipped", 6)] {
        let line = #"sluice_schedule_ticks_total{location="team",result="\#(result)"} \#(count)"#
        #expect(metrics.contains(Substring(line)), "\(line) is missing")
      }
    }
  }

  // MARK: What waits

  @Test func `steps that wait for another run's are counted, and apart from those that wait for a slot`() async throws {
    let gate = AsyncStream<Void>.makeStream()
    let definitions = Definitions {
      Asset("team/slow") { _ in
        for await _ in gate.stream { break }
        return [1]
      }
    }
    let location = try await RunningLocation("team", at: sockets.path("team"), slots: 3, definitions)
    try await RunningAPI.serve(try sockets.workspace(["team"])) { client, engine in
      try await engine.wait { $0.has("team/slow") }
      var runs: [UInt64] = []
      for _ in 0..<3 { runs.append(try await client.launch(LaunchRequest(selection: "team/slow")).run.id) }
      try await engine.wait { $0.locationSummaries.first?.slotsInUse == 1 }
      let metrics = try await Self.metrics(client)
      #expect(metrics.contains(#"sluice_location_queue_depth{location="team"} 2"#))
      #expect(metrics.contains(#"sluice_location_slot_queue_depth{location="team"} 0"#))
      gate.continuation.finish()
      for run in runs { _ = try await client.run(run, wait: 60) }
      #expect(try await Self.metrics(client).contains(#"sluice_location_queue_depth{location="team"} 0"#))
    }
    try await location.stop()
  }

  // MARK: Streams

  @Test func `a stream from beyond the journal's end is refused, naming the position`() async throws {
    try await RunningAPI.serve(try sockets.workspace([])) { client, engine in
      _ = try await engine.submit(.loadWorkspace(WorkspaceDefinition(locations: [])))
      let end = engine.position
      let error = try await #require(throws: APIError.self) { try await client.follow(after: end + 1_000) { _ in true } }
      #expect(error.code == .gone && error.message.contains("no event \(end + 1_000)"), "\(error)")
      #expect(error.message.contains("ends at event \(end)") && error.mend?.contains("restore") == true, "\(error)")
    }
  }

  @Test func `a position of another incarnation is refused, and the answer says whose it is`() async throws {
    try await RunningAPI.serve(try sockets.workspace([])) { client, engine in
      let own = try await engine.read { $0.incarnation }.description
      let port = try #require(client.url.split(separator: ":").last.flatMap { Int($0) })
      let other = try await RawClient.ask(port, "/v1/events?after=0&incarnation=0000beef")
      #expect(other.hasPrefix("HTTP/1.1 410 ") && other.contains("0000beef") && other.contains(own), "\(other)")
      let stream = try await RawClient(port)
      try await stream.get("/v1/events?after=0&incarnation=\(own)")
      let answer = await stream.read(until: ": stream\n\n")
      #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.lowercased().contains("sluice-incarnation: \(own)"), "\(answer)")
      await stream.close()
    }
  }

  // MARK: Problems

  @Test func `locations that are unreachable and definitions that are refused are problems of the status`() async throws {
    let team = Definitions {
      Asset("team/a") { _ in [1] }
      Asset("team/b", from: Upstream<[Int]>("own/x")) { _, _ in [1] }
      Asset("team/c", from: Upstream<[Int]>("own/x")) { _, _ in [1] }
    }
    let own = Definitions { Asset("own/x") { _ in [1] } }
    let locations = [
      try await RunningLocation("team", at: sockets.path("team"), team),
      try await RunningLocation("own", at: sockets.path("own"), own),
    ]
    try await RunningAPI.serve(try sockets.workspace(["team", "away", "own"])) { client, engine in
      try await engine.wait { $0.has("team/a") && $0.has("own/x") }
      var problems: [String] = []
      while problems.count < 2 { problems = try await client.status().problems }
      #expect(
        problems == [
          "1 location is unreachable (away); 'sluice locations' says why",
          "2 definitions are refused, of team; 'sluice locations' says why",
        ])
      let found = try await client.locations()
      let away = try #require(found.first { $0.name == "away" })
      #expect(away.detail?.contains("cannot be reached: start the location's server") == true, "\(away.detail ?? "")")
      let team = try #require(found.first { $0.name == "team" })
      #expect(team.problems.contains { $0.hasPrefix("team/b, team/c: 'team' may not read 'own/x'") }, "\(team.problems)")
    }
    for location in locations { try await location.stop() }
  }
}
