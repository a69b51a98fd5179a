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
import Workspace

@Suite("The HTTP API", .timeLimit(.minutes(10)))
struct APITests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  private static let letters = Partitions.keys("a", "b", "c")

  /// Letters, of which one is condemned by a check, and two assets below them.
  private var definitions: Definitions {
    let letters = Asset("team/letters", partitions: Self.letters) { step in [step.partition.description] }
      .check("no b") { rows, _ in rows.contains("b") ? .fail("a b", ["rows": .list(rows)]) : .pass }
      .check("few", severity: .warn) { rows, _ in rows.count < 9 ? .pass : .fail("many") }
    let copies = Asset("team/copies", from: letters) { rows, _ in rows }
    let total = Asset("team/total", from: copies.all) { days, _ in
      var count = 0
      for try await (_, rows) in days { count += rows.count }
      return count
    }
    return Definitions {
      letters
      copies
      total
      Schedule("nightly", cron: "0 2 * * *", in: "UTC", selecting: "team/*", partition: .latest)
    }
  }

  func withTeam(_ body: @escaping @Sendable (ControlPlaneClient) async throws -> Void) async throws {
    let location = try await RunningLocation("team", at: sockets.path("team"), definitions)
    try await RunningAPI.serve(try sockets.workspace(["team"])) { client, engine in
      try await engine.wait { $0.has("team/total") }
      try await body(client)
    }
    try await location.stop()
  }

  /// Launches everything and waits for the end, by the live stream.
  static func materializeAll(_ client: ControlPlaneClient) async throws -> (run: UInt64, events: [LiveEvent]) {
    let run = try await client.launch(LaunchRequest(selection: "*", partitions: "all", clientKey: "once")).run.id
    let events = Mutex<[LiveEvent]>([])
    try await client.follow(run: run, after: 0) { event in
      events.withLock { $0.append(event) }
      return true
    }
    return (run, events.withLock { $0 })
  }

  @Test func `a run is launched, followed to its end, and read back in every shape`() async throws {
    try await withTeam { client in
      let (run, events) = try await Self.materializeAll(client)
      #expect(events.first?.kind == .runStarted)
      #expect(events.last?.kind == .runEnded)
      #expect(events.count { $0.kind == .versionPromoted } == 4)
      #expect(events.contains { $0.kind == .versionRejected && $0.partition == "b" })

      let detail = try await client.run(run)
      #expect(detail.run.state == .failed)
      #expect(detail.run.steps == StepCounts(succeeded: 4, rejected: 1, blocked: 2))
      #expect(detail.assets.map(\.asset) == ["team/letters", "team/copies", "team/total"])
      #expect(detail.troubled.map(\.state).sorted { $0.rawValue < $1.rawValue } == [.blocked, .blocked, .rejected])
      #expect(detail.troubled.allSatisfy { $0.reasons.contains { $0.check == "no b" && $0.message == "a b" } })
      #expect(try await client.steps(run: run, from: 0, limit: 100).count == 7)
      #expect(try await client.runs(limit: 10).map(\.id) == [run])

      let letters = try await client.asset("team/letters")
      #expect(letters.partitions == PartitionCounts(promoted: 2, rejected: 1))
      #expect(!letters.gate.open)
      #expect(letters.gate.reasons.map(\.partition) == ["b"])
      #expect(letters.dependents == ["team/copies"])
      #expect(try await client.asset("team/copies").partitions == PartitionCounts(promoted: 2, blocked: 1))
      #expect(try await client.assets(selection: "team/total+").map(\.key) == ["team/total"])

      let page = try await client.partitions(of: "team/letters", limit: 10, state: .rejected)
      #expect(page.items.map(\.partition) == ["b"])
      #expect(page.items.first?.run == run)
      let checks = try await client.checks(of: "team/letters", partition: "b").items
      #expect(checks.map { "\($0.check) \($0.outcome)" } == ["few passed", "no b failed"])
      #expect(try await client.preview("team/letters", partition: "a", limit: 5).rows.count == 1)
    }
  }

  @Test func `checks are paged over partitions, and say no more in one answer than it may hold`() async throws {
    let keys = (0..<6).map { "p\(100 + $0)" }
    // About two million bytes for each partition: all six do not fit.
    let text = String(repeating: "x", count: 60_000)
    let said = Dictionary(uniqueKeysWithValues: (0..<33).map { ("m\($0)", MetadataValue.text(text)) })
    let asset = Asset("team/wordy", partitions: Partitions.keys(keys)) { _ in ["a"] }
      .check("wordy") { _, _ in .fail("no", said) }
      .check("brief") { _, _ in .pass }
    let location = try await RunningLocation("team", at: sockets.path("team"), Definitions { asset })
    try await RunningAPI.serve(try sockets.workspace(["team"])) { client, engine in
      try await engine.wait { $0.has("team/wordy") }
      let run = try await client.launch(LaunchRequest(selection: "team/wordy", partitions: "all"), wait: 60).run
      #expect(run.steps.rejected == 6)
      let all = try await client.checks(of: "team/wordy", partition: nil)
      let (total, shown) = (all.total, all.items.map(\.partition))
      #expect(total == 12 && shown == keys.flatMap { [$0, $0] })
      let rest = try await client.checks(of: "team/wordy", partition: nil, offset: 5)
      let (restTotal, checks, wanted) = (rest.total, rest.items.map(\.check), all.items.dropFirst(5).map(\.check))
      #expect(restTotal == 12 && checks == wanted)
      let bytes = all.items.reduce(0) { $0 + $1.metadata.detailBytes }
      #expect(bytes <= APILimits.detailBytes && bytes > APILimits.detailBytes / 2)
      // Counted first: a failure would show every byte.
      let leftOut = all.items.count { $0.outcome == "failed" && $0.message?.hasPrefix("left out") == true }
      #expect(leftOut > 0)
      let why = try await client.why("team/wordy").gate.reasons
      let (reasons, whyBytes) = (why.count { $0.outcome == "failed" }, why.reduce(0) { $0 + ($1.metadata?.detailBytes ?? 0) })
      #expect(reasons == 6 && whyBytes <= APILimits.detailBytes)
      let steps = try await client.steps(run: run.id, from: 0, limit: 100).flatMap(\.reasons)
      let reasonCount = steps.count
      let stepBytes = steps.reduce(0) { $0 + ($1.metadata?.detailBytes ?? 0) }
      #expect(reasonCount == 6 && stepBytes <= APILimits.detailBytes)
    }
    try await location.stop()
  }

  @Test func `why goes down to the check at the root and names the command that continues`() async throws {
    try await withTeam { client in
      _ = try await Self.materializeAll(client)
      let why = try await client.why("team/total")
      #expect(!why.gate.open)
      var reasons = why.gate.reasons
      var path: [String] = []
      while let reason = reasons.first {
        path.append("\(reason.kind.rawValue) \(reason.asset) \(reason.partition)")
        reasons = reason.because
      }
      #expect(path == ["blocked team/total ", "blocked team/copies b", "rejected team/letters b"])
      #expect(why.command == "sluice materialize team/letters+ --partitions b")
      #expect(try await client.why("team/letters", partition: "a").gate.open)
    }
  }

  @Test func `a repeated launch under one key is the same run`() async throws {
    try await withTeam { client in
      let first = try await client.launch(LaunchRequest(selection: "team/letters", partitions: "a", clientKey: "k"))
      let second = try await client.launch(LaunchRequest(selection: "team/letters", partitions: "a", clientKey: "k"))
      #expect(first.created && !second.created)
      #expect(first.run.id == second.run.id)
    }
  }

  @Test func `an answer waits for the run's end where it is asked to, and no longer than that`() async throws {
    try await withTeam { client in
      let request = LaunchRequest(selection: "team/letters", partitions: "a,c", clientKey: "k")
      let ended = try await client.launch(request, wait: 60)
      #expect(ended.run.state == .succeeded)
      #expect(try await client.launch(request, wait: 60).created == false)
      #expect(try await client.run(ended.run.id, wait: 0).run.state == .succeeded)
      let unknown = await #expect(throws: APIError.self) { _ = try await client.run(99, wait: 60) }
      #expect(unknown?.code == .notFound)
    }
  }

  @Test func `many launches in one request are runs of their own, and a refused one hinders no other`() async throws {
    try await withTeam { client in
      let answers = try await client.launch([
        LaunchRequest(selection: "team/letters", partitions: "a", clientKey: "k"),
        LaunchRequest(selection: "team/nobody"),
        LaunchRequest(selection: "no such selection !"),
        LaunchRequest(selection: "team/letters", partitions: "a", clientKey: "k"),
        LaunchRequest(selection: "team/letters", partitions: "c"),
      ])
      #expect(answers.map(\.created) == [true, nil, nil, false, true])
      #expect(answers[1].error?.code == .badRequest && answers[2].error?.code == .badRequest)
      #expect(answers[0].run == answers[3].run && answers[0].run != answers[4].run)
      for answer in answers {
        guard let run = answer.run else { continue }
        #expect(try await client.run(run, wait: 60).run.state == .succeeded)
      }
    }
  }

  @Test func `an upstream that nobody defines is named where one looks for it, with the key that was meant`() async throws {
    let other = try await RunningLocation(
      "other", at: sockets.path("other"), Definitions { Asset("other/letters") { _ in ["a"] }.shared(with: "team") })
    let team = try await RunningLocation(
      "team", at: sockets.path("team"),
      Definitions { Asset("team/copies", from: Upstream<[String]>("other/lettrs")) { rows, _ in rows } })
    let (warnings, warn) = AsyncStream.makeStream(of: String.self)
    let logger = Logger(label: "sluiced") { label in
      JSONLogHandler(label: label, now: { Date(timeIntervalSince1970: 0) }) { warn.yield(String(decoding: $0, as: UTF8.self)) }
    }
    try await RunningAPI.serve(try sockets.workspace(["team", "other"]), notices: logger) { client, engine in
      try await engine.wait { $0.has("team/copies") && $0.has("other/letters") }
      var told = warnings.makeAsyncIterator()
      let warning = await told.next() ?? ""
      for part in ["unknown upstream", "team/copies", "other/lettrs", "did you mean 'other/letters'?"] {
        #expect(warning.contains(part), "\(warning)")
      }
      let words =
        "it reads 'other/lettrs', which no location defines: 'other' owns that key and does not define it; did you mean 'other/letters'?"
      let copies = try #require(try await client.assets().first { $0.key == "team/copies" })
      #expect(copies.problem == words)
      let problems = try await client.locations().first { $0.name == "team" }?.problems
      #expect(problems == ["team/copies: \(words)"])
      var reason = try await client.why("team/copies").gate.reasons.first
      while let next = reason?.because.first { reason = next }
      #expect(reason?.kind == .unresolved && reason?.asset == "other/lettrs")
      #expect(reason?.message?.contains("did you mean 'other/letters'?\nmend: ") == true, "\(reason?.message ?? "")")
    }
    try await team.stop()
    try await other.stop()
  }

  @Test func `why spells the cycle out on which an asset lies`() async throws {
    let keys = try (0..<3).map { try AssetKey("ring/a\($0)") }
    let steps = keys.indices.map { index in
      StepSpec(
        name: "\(keys[index])",
        dependencies: [
          DependencySpec(
            upstream: keys[(index + 1) % keys.count], mapping: .identity, binding: .gated, partitions: .single,
            loadableSchemes: ["file"])
        ], outputs: [AssetSpec(key: keys[index], output: OutputSpec(scheme: "file", format: "jsonl/1"))])
    }
    let ring = try LocationName("ring")
    try await RunningAPI.serve(WorkspaceFile(path: "workspace.yaml", locations: [])) { client, engine in
      _ = try await engine.submit(.loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: ring)])))
      _ = try await engine.submit(.manifestReceived(ring, ManifestDigest("one"), Manifest(location: ring, steps: steps)))
      let reason = try await client.why("ring/a0").gate.reasons.first
      #expect(reason?.message == "it lies on a cycle: ring/a0 → ring/a1 → ring/a2 → ring/a0")
    }
  }

  @Test func `a port that is taken is named, with the option that chooses another`() async throws {
    try await RunningAPI.serve(try sockets.workspace([])) { client, engine in
      let port = Int(client.url.split(separator: ":").last ?? "") ?? 0
      let controls = try RunningAPI.idle()
      let service = try HTTPService(
        queries: ControlPlaneQueries(engine: engine, controls: controls), host: "127.0.0.1", port: port, logger: quiet)
      let error = await #expect(throws: APIServerRefusal.self) { try await service.run() }
      #expect(error?.description.contains("port \(port) on 127.0.0.1 is in use") == true)
      #expect(error?.description.contains("--port") == true)
    }
  }

  @Test func `the reasons of an asset's gate and of a run name the command that continues`() async throws {
    try await withTeam { client in
      let (run, _) = try await Self.materializeAll(client)
      let reasons = try await client.asset("team/letters").gate.reasons
      #expect(reasons.map(\.command) == ["sluice materialize team/letters+ --partitions b"])
      let rejected = try await client.run(run).troubled.first { $0.state == .rejected }
      #expect(rejected?.reasons.first?.command == "sluice materialize team/letters+ --partitions b")
    }
  }

  @Test func `schedules are listed, paused and resumed`() async throws {
    try await withTeam { client in
      let schedule = try #require(try await client.schedules().first)
      #expect(schedule.cron == "0 2 * * *")
      #expect(schedule.nextTick != nil)
      let paused = try await client.setSchedule(location: "team", name: "nightly", paused: true)
      #expect(paused.paused && paused.nextTick == nil)
      #expect(try await !client.setSchedule(location: "team", name: "nightly", paused: false).paused)
    }
  }

  @Test func `locations and status tell how things stand`() async throws {
    try await withTeam { client in
      let location = try #require(try await client.locations().first)
      #expect(location.state == .connected)
      #expect(location.assets == 3)
      #expect(location.shares.map(\.name) == ["steps_in_progress", "log_bytes_per_day", "detail_bytes_per_day"])
      #expect(location.shares.allSatisfy { $0.used == 0 && $0.limit > 0 && $0.percent == 0 })
      let status = try await client.status()
      #expect(status.locations == [DaemonStatus.LocationCount(state: .connected, count: 1)])
      #expect(status.incarnation == "00000007")
    }
  }

  @Test(arguments: [(0, 10, 0), (7, 10, 70), (799, 1_000, 79), (10, 10, 100), (11, 10, 100), (0, 0, 100), (.max, 1, 100)])
  func `a share that is used up is a hundred percent`(used: Int, limit: Int, percent: Int) {
    #expect(ShareUse(name: "steps_in_progress", used: used, limit: limit).percent == percent)
  }

  @Test func `every refusal has a code, says what is wrong, and changes nothing`() async throws {
    try await withTeam { client in
      let refusals: [(String, @Sendable () async throws -> Void)] = [
        ("not_found", { _ = try await client.asset("team/latters") }),
        ("bad_request", { _ = try await client.asset("no key!") }),
        ("not_found", { _ = try await client.why("team/nothing") }),
        ("not_found", { _ = try await client.run(99) }),
        ("not_found", { _ = try await client.cancel(run: 99) }),
        ("bad_request", { _ = try await client.runs(limit: 0) }),
        ("bad_request", { _ = try await client.runs(RunQuery(cause: "nobody"), limit: 1) }),
        ("bad_request", { _ = try await client.preview("team/letters", partition: "z", limit: 1) }),
        ("bad_request", { _ = try await client.launch(LaunchRequest(selection: "team/letters")) }),
        ("bad_request", { _ = try await client.launch(LaunchRequest(selection: "??", clientKey: "k")) }),
        ("not_found", { _ = try await client.setSchedule(location: "team", name: "x", paused: true) }),
        ("invalid_workspace", { _ = try await client.reload() }),
      ]
      for (code, refused) in refusals {
        let error = await #expect(throws: APIError.self) { try await refused() }
        #expect(error?.code.rawValue == code)
      }
      let runs = try await client.runs(limit: 1)
      #expect(runs.isEmpty)
    }
  }

  @Test func `events that retention has removed are gone, and the refusal says where to go on`() async throws {
    let journal = MemoryJournal(incarnation: Incarnation(7))
    try await RunningAPI.serve(try sockets.workspace([]), on: journal) { client, engine in
      for name in ["one", "two"] {
        let definition = LocationDefinition(name: try LocationName(name))
        _ = try await engine.submit(.loadWorkspace(WorkspaceDefinition(locations: [definition])))
      }
      try await journal.save(JournalSnapshot(position: engine.position, state: try await engine.read { $0 }))
      let gone = try await journal.prune(RetentionPolicy(age: .zero, runs: 0), at: Timestamp(seconds: 1 << 40)).beginning
      #expect(gone > 0)
      let error = try await #require(throws: APIError.self) { try await client.follow(after: gone - 1) { _ in true } }
      #expect(error.code == .gone && error.status == 410, "\(error)")
      #expect(error.message.contains("up to event \(gone)") && error.mend != nil, "\(error)")
      _ = try await engine.submit(.loadWorkspace(WorkspaceDefinition(locations: [])))
      try await client.follow(after: gone) { event in
        #expect(event.position > gone)
        return false
      }
    }
  }

  @Test func `a token is asked for where one is set`() async throws {
    try await RunningAPI.serve(try sockets.workspace([]), token: "secret") { client, _ in
      _ = try await client.status()
      let stranger = ControlPlaneClient(url: client.url, token: "secre", deadline: .seconds(120))
      let error = try await #require(throws: APIError.self) { _ = try await stranger.status() }
      #expect(error.code == .unauthorized)
    }
  }

  @Test func `the API binds beyond this machine only with a token`() throws {
    for host in ["0.0.0.0", "192.168.1.5", "example.org", "127.0.0.1.example.org", "::"] {
      #expect(throws: APIServerRefusal.self) { try APIServerConfiguration(host: host, port: 4270) }
      #expect(throws: Never.self) { try APIServerConfiguration(host: host, port: 4270, token: "secret") }
    }
    for host in ["127.0.0.1", "127.8.8.8", "localhost", "::1"] {
      #expect(throws: Never.self) { try APIServerConfiguration(host: host, port: 4270) }
    }
    for host in ["::1", "[::1]"] {
      #expect(try APIServerConfiguration(host: host, port: 4270).host == "::1")
      #expect(DaemonConfiguration(host: host).url(port: 4270) == "http://[::1]:4270")
    }
  }

  @Test(arguments: [
    ("Origin", "https://example.org"), ("Host", "example.org"), ("Host", "127.0.0.1.example.org:4270"),
  ])
  func `a web page cannot ask, nor a name that leads here from elsewhere`(header: String, value: String) async throws {
    try await RunningAPI.serve(try sockets.workspace([])) { client, _ in
      var request = URLRequest(url: try #require(URL(string: client.url + "/v1/status")))
      request.setValue(value, forHTTPHeaderField: header)
      let (data, _) = try await URLSession.shared.data(for: request)
      #expect(try APICoding.decode(APIErrorBody.self, from: data).error.code == .unauthorized)
    }
  }
}
