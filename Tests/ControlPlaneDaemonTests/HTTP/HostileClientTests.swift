// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import ControlPlaneDaemon
import Foundation
import Orchestrator
import Testing

/// Clients that are slow, silent, greedy or malformed: each is held to its limits, and nobody else notices.
@Suite("Hostile HTTP clients", .timeLimit(.minutes(10)))
struct HostileClientTests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  private func scene(
    _ limits: HTTPLimits = HTTPLimits(), _ body: @escaping @Sendable (HostileScene) async throws -> Void
  ) async throws {
    try await RunningAPI.serve(try sockets.workspace([]), limits: limits) { client, _ in
      try await body(HostileScene(port: try #require(client.url.split(separator: ":").last.flatMap { Int($0) })))
    }
  }

  // MARK: Slowness

  @Test func `a head that does not come in time is refused with words, however it trickles`() async throws {
    // Long enough for the requests that come whole, on a machine that is busy.
    try await scene(.having { $0.headTime = .seconds(3) }) { scene in
      let slow = try await RawClient(scene.port)
      // On a slow machine the time may be over before the first byte: the answer is the same.
      try? await slow.send("GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\n")
      let drip = Task {
        while !Task.isCancelled, (try? await slow.send("X-Drop: 1\r\n")) != nil {
          // polls: drops that never end a head
          try await Task.sleep(for: .milliseconds(20))
        }
      }
      let answer = await slow.rest()
      drip.cancel()
      #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
      #expect(answer.contains("\"code\":\"timed_out\"") && answer.contains("the request's head did not come"))
      #expect(try await scene.refused("head_time") == 1)

      let silent = try await RawClient(scene.port)
      #expect(await silent.rest().hasPrefix("HTTP/1.1 408 "))
    }
  }

  @Test func `a body that does not come in time is refused with words`() async throws {
    try await scene(.having { $0.bodyTime = .milliseconds(300) }) { scene in
      let slow = try await RawClient(scene.port)
      try await slow.send(
        "POST /v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
      let answer = await slow.rest()
      #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("body did not come"), "\(answer)")
      #expect(try await scene.refused("body_time") == 1)
    }
  }

  @Test func `a connection without requests is closed, and one whose request comes in parts is served`() async throws {
    try await scene(.having { $0.idleTime = .milliseconds(300) }) { scene in
      let client = try await RawClient(scene.port)
      try await client.send("GET /healthz HT")
      try await client.send("TP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
      let answer = await client.rest()
      #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("ok\n"), "\(answer)")
      try await scene.wait(for: "sluice_http_connections", 1)
    }
  }

  /// How many events a journal for readers that stall has, far more than what is sent ahead of one that reads.
  private static let events = 100

  /// Serves such a journal.
  private func manyEvents(
    _ limits: HTTPLimits, _ body: @escaping @Sendable (ControlPlaneClient, HostileScene) async throws -> Void
  ) async throws {
    let journal = MemoryJournal(incarnation: Incarnation(7))
    let epoch = try await journal.open().epoch
    let team = try LocationName("team")
    let fill = String(repeating: "x", count: 60_000)
    let events = (0..<Self.events).map { number in
      StampedEvent(at: Timestamp(seconds: 1), event: .manifestRefused(team, reason: "\(number) \(fill)"))
    }
    try await journal.append(JournalBatch(epoch: epoch, after: 0, events: events))
    try await RunningAPI.serve(try sockets.workspace([]), limits: limits, on: journal) { client, _ in
      try await body(client, HostileScene(port: try #require(client.url.split(separator: ":").last.flatMap { Int($0) })))
    }
  }

  @Test func `while one reader never reads, another one of the same stream has all of it`() async throws {
    // Whoever never reads is not dropped meanwhile, nor is the other taken for one that stalls, however busy the machine is.
    let limits = HTTPLimits.having {
      $0.stallTime = .seconds(3_600)
      $0.sendBuffer = 32 << 10
    }
    try await manyEvents(limits) { client, scene in
      let stalled = try await RawClient(scene.port, reads: false)
      try await stalled.get("/v1/events?after=0")
      try await scene.wait(for: "sluice_http_streams", 1)
      var told = 0
      try await client.follow(after: 0) { event in
        if event.kind == .locationChanged { told += 1 }
        return told < Self.events
      }
      #expect(told == Self.events)
      #expect(try await scene.metric("sluice_http_streams_dropped_total") == 0)
      await stalled.close()
      try await scene.wait(for: "sluice_http_streams", 0)
    }
  }

  @Test func `a reader that never reads is dropped`() async throws {
    let limits = HTTPLimits.having {
      $0.stallTime = .milliseconds(200)
      $0.sendBuffer = 32 << 10
    }
    try await manyEvents(limits) { _, scene in
      let stalled = try await RawClient(scene.port, reads: false)
      try await stalled.get("/v1/events?after=0")
      try await scene.wait(for: "sluice_http_streams_dropped_total", 1)
      try await scene.wait(for: "sluice_http_streams", 0)
      #expect(try await scene.refused("stalled") == 1)
      await stalled.close()
    }
  }

  // MARK: Greed

  @Test func `beyond the limit of connections a probe is answered, and others are told to come again`() async throws {
    let limit = 6
    try await scene(
      .having {
        $0.connections = limit
        $0.reserve = 3
      }
    ) { scene in
      var idle: [RawClient] = []
      for _ in 0..<limit { idle.append(try await RawClient(scene.port)) }
      // Each has been taken in once it is answered.
      for client in idle {
        try await client.get("/healthz")
        _ = await client.read(until: "ok\n")
      }
      // They fill what is kept for probes, too.
      for _ in 0..<10 { idle.append(try await RawClient(scene.port)) }
      for target in ["/healthz", "/readyz?from=probe"] {
        let probe = try await RawClient.ask(scene.port, target)
        #expect(probe.hasPrefix("HTTP/1.1 200 "), "\(probe)")
      }
      let refused = try await RawClient.ask(scene.port, "/v1/status")
      #expect(refused.hasPrefix("HTTP/1.1 503 ") && refused.contains("\"code\":\"unavailable\""), "\(refused)")
      #expect(refused.lowercased().contains("retry-after: 5") && refused.contains("\(limit) connections"))
      await idle[0].close()
      try await scene.waitForService()
      #expect(try await scene.refused("connections") > 0)
      #expect(try await scene.refused("reserve") > 0)
      for client in idle { await client.close() }
    }
  }

  @Test func `one address has a share of the connections, and the rest is for others`() async throws {
    try await scene(.having { $0.connectionsPerClient = 2 }) { scene in
      let idle = [try await RawClient(scene.port), try await RawClient(scene.port)]
      for client in idle {
        try await client.get("/healthz")
        _ = await client.read(until: "ok\n")
      }
      let refused = try await RawClient.ask(scene.port, "/v1/status")
      #expect(refused.hasPrefix("HTTP/1.1 429 ") && refused.contains("\"code\":\"too_many\""), "\(refused)")
      #expect(try await RawClient.ask(scene.port, "/healthz").hasPrefix("HTTP/1.1 200 "))
      for client in idle { await client.close() }
      try await scene.waitForService()
    }
  }

  @Test func `a thousand streams: those within the limits are told of news, the others why not`() async throws {
    _ = DescriptorBudget.raise()
    let (limit, count) = (200, 1_000)
    try await scene(
      .having {
        // Of a thousand at once the last is heard when the machine has time.
        $0.headTime = .seconds(600)
        $0.streamsPerClient = limit
        $0.connectionsPerClient = 4_000
        $0.connections = 4_000
      }
    ) { scene in
      let answers = try await withThrowingTaskGroup(of: (RawClient, String).self) { group in
        for _ in 0..<count {
          group.addTask {
            let client = try await RawClient(scene.port)
            try await client.get("/v1/events")
            let answer = await client.read(until: "\r\n\r\n")
            return (client, answer)
          }
        }
        var answers: [(RawClient, String)] = []
        for try await answer in group { answers.append(answer) }
        return answers
      }
      #expect(answers.count { $0.1.hasPrefix("HTTP/1.1 200 ") } == limit)
      let others = answers.map(\.1).filter { !$0.hasPrefix("HTTP/1.1 200 ") && !$0.hasPrefix("HTTP/1.1 429 ") }
      #expect(others.isEmpty, "\(others.count): \(others.prefix(3))")
      #expect(answers.count { $0.1.hasPrefix("HTTP/1.1 429 ") } == count - limit)
      #expect(try await scene.metric("sluice_http_streams") == limit)
      #expect(try await scene.refused("streams_per_client") == count - limit)
      for (client, _) in answers { await client.close() }
      // That a client is gone shows at the latest with the next news.
      _ = try await RawClient.post(scene.port, "/v1/reload", "")
      try await scene.wait(for: "sluice_http_streams", 0)
    }
  }

  @Test func `bodies and answers have memory together, and little is served whatever they take`() async throws {
    let size = 100_000
    try await scene(
      .having {
        $0.heldBytes = 3 * size / 2
        $0.freeBytes = 10_000
      }
    ) { scene in
      let head = "POST /v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n"
      let slow = try await RawClient(scene.port)
      try await slow.send(head + String(repeating: " ", count: size))
      try await scene.wait(for: "sluice_http_held_bytes", size - 10_000)
      let refused = try await RawClient.post(scene.port, "/v1/runs", String(repeating: " ", count: size))
      #expect(refused.hasPrefix("HTTP/1.1 503 ") && refused.contains("bytes of requests and answers"), "\(refused)")
      #expect(refused.lowercased().contains("retry-after: 5"))
      #expect(try await scene.refused("held_bytes") == 1)
      let small = #"{"selection": "nobody"}"#
      #expect(try await RawClient.ask(scene.port, "/v1/status").hasPrefix("HTTP/1.1 200 "))
      #expect(try await RawClient.post(scene.port, "/v1/runs", small).hasPrefix("HTTP/1.1 400 "))
      await slow.close()
      try await scene.wait(for: "sluice_http_held_bytes", 0)
      #expect(try await RawClient.post(scene.port, "/v1/runs", String(repeating: " ", count: size)).hasPrefix("HTTP/1.1 400 "))
      try await scene.wait(for: "sluice_http_held_bytes", 0)
    }
  }

  @Test func `an answer counts until its reader has taken it`() async throws {
    let names = (0..<100).map { "team\($0)" }
    var limits = HTTPLimits()
    limits.freeBytes = 1_000
    try await RunningAPI.serve(try sockets.workspace(names), limits: limits) { client, _ in
      let scene = HostileScene(port: try #require(client.url.split(separator: ":").last.flatMap { Int($0) }))
      #expect(try await client.locations().count == 100)
      try await scene.wait(for: "sluice_http_held_bytes", 0)
    }
    limits.heldBytes = 1_000
    try await RunningAPI.serve(try sockets.workspace(names), limits: limits) { client, _ in
      let error = await #expect(throws: APIError.self) { _ = try await client.locations() }
      #expect(error?.code == .unavailable)
    }
  }

  @Test func `requests sent ahead are answered in turn, and too many end the connection`() async throws {
    try await scene(.having { $0.requestsAhead = 4 }) { scene in
      let request = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
      let client = try await RawClient(scene.port)
      try await client.send(String(repeating: request, count: 3))
      try await client.finish()
      let answers = await client.rest()
      #expect(answers.components(separatedBy: "HTTP/1.1 200 ").count == 4, "\(answers)")

      let greedy = try await RawClient(scene.port)
      try await greedy.send(String(repeating: request, count: 1_000))
      _ = await greedy.rest()
      #expect(try await scene.refused("requests_ahead") == 1)
    }
  }

  // MARK: Departure

  @Test func `what a client waits for ends with it, and one that only sends no more has its answer`() async throws {
    let file = try sockets.workspace(["team"])
    try await RunningAPI.serve(file) { client, engine in
      let scene = HostileScene(port: try #require(client.url.split(separator: ":").last.flatMap { Int($0) }))
      let spec = StepSpec(
        name: "a", dependencies: [],
        outputs: [AssetSpec(key: try AssetKey("team/a"), output: OutputSpec(scheme: "memory", format: "none/1"))])
      let team = try LocationName("team")
      let manifest = Manifest(location: team, steps: [spec])
      _ = try await engine.submit(.manifestReceived(team, ManifestDigest("one"), manifest))
      let run = try await engine.launch(Orchestrator.LaunchRequest(.all)).run
      let gone = try await RawClient(scene.port)
      try await gone.get("/v1/runs/\(run)?wait=300")
      await gone.close()
      try await scene.wait(for: "sluice_http_refused_total{limit=\"departed\"}", 1)

      let silent = try await RawClient(scene.port)
      try await silent.get("/v1/runs/\(run)?wait=1")
      try await silent.finish()
      let answer = await silent.rest()
      #expect(answer.contains("HTTP/1.1 200 "), "\(answer)")
      #expect(try await scene.refused("departed") == 1)
    }
  }

  // MARK: Malformed

  @Test func `a head that is too large is refused with words`() async throws {
    try await scene { scene in
      let fill = String(repeating: "x", count: 40_000)
      let many = (0..<200).map { "X-\($0): 1\r\n" }.joined()
      for (target, headers) in [("/\(fill)", ""), ("/healthz", "X-Long: \(fill)\r\n"), ("/healthz", many)] {
        let client = try await RawClient(scene.port)
        try await client.get(target, headers: headers)
        let answer = await client.rest()
        #expect(answer.hasPrefix("HTTP/1.1 431 ") && answer.contains("\"code\":\"too_large\""), "\(answer)")
      }
      #expect(try await scene.refused("head_bytes") == 3)
    }
  }

  @Test func `what is no HTTP is refused, and a direction that is closed too early ends the connection`() async throws {
    try await scene { scene in
      for text in ["\u{16}\u{3}\u{1}\u{2}\r\n\r\n", "HELLO\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"] {
        let client = try await RawClient(scene.port)
        try await client.send(text)
        #expect(await client.rest().hasPrefix("HTTP/1.1 400 "))
      }
      let half = try await RawClient(scene.port)
      try await half.get("/healthz")
      try await half.finish()
      #expect(await half.rest().hasSuffix("ok\n"))

      let cut = try await RawClient(scene.port)
      try await cut.send("GET /healthz HTTP/1.1\r\nHos")
      try await cut.finish()
      _ = await cut.rest()

      let mute = try await RawClient(scene.port)
      try await mute.finish()
      #expect(await mute.rest() == "")
      try await scene.wait(for: "sluice_http_connections", 1)
    }
  }
}

extension HTTPLimits {
  /// The usual ones, with some changed.
  fileprivate static func having(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
    var limits = HTTPLimits()
    change(&limits)
    return limits
  }
}

extension HostileScene {
  /// Returns once requests are served again; the suite's time limit bounds it.
  func waitForService() async throws {
    while try await !RawClient.ask(port, "/v1/status").hasPrefix("HTTP/1.1 200 ") {
      // polls
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
