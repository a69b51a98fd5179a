// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import ControlPlaneAPI
import ControlPlaneDaemon
import Orchestrator
import Testing

/// Answers that agree with each other, and refusals that say what to ask instead.
@Suite("Answers about gates and partitions", .timeLimit(.minutes(2)))
struct AnswersTests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  /// Letters, of which one is condemned by a check, and two assets below them.
  private var definitions: Definitions {
    let letters = Asset("team/letters", partitions: .keys("a", "b", "c")) { step in [step.partition.description] }
      .check("no b") { rows, _ in rows.contains("b") ? .fail("a b") : .pass }
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
    }
  }

  private func withTeam(_ body: @escaping @Sendable (ControlPlaneClient) async throws -> Void) async throws {
    let location = try await RunningLocation("team", at: sockets.path("team"), definitions)
    try await RunningAPI.serve(try sockets.workspace(["team"])) { client, engine in
      try await engine.wait { $0.has("team/total") }
      try await body(client)
    }
    try await location.stop()
  }

  private static func materializeAll(_ client: ControlPlaneClient) async throws {
    _ = try await client.launch(LaunchRequest(selection: "*", partitions: "all"), wait: 60)
  }

  @Test func `what an asset says of its gate is the beginning of what why says`() async throws {
    try await withTeam { client in
      try await Self.materializeAll(client)
      for key in ["team/letters", "team/copies", "team/total"] {
        let short = try await client.asset(key).gate
        let long = try await client.why(key).gate
        #expect(!short.open && short.open == long.open && short.omitted == long.omitted)
        #expect(short.reasons.count == long.reasons.count && !short.reasons.isEmpty)
        for (short, long) in zip(short.reasons, long.reasons) {
          #expect(short.because.isEmpty && short.omitted == long.omitted + long.because.count)
          #expect(short.kind == long.kind && short.partition == long.partition && short.run == long.run)
          #expect(short.message == long.message && short.command == long.command && short.check == long.check)
        }
      }
      let total = try #require(try await client.asset("team/total").gate.reasons.first)
      #expect(total.kind == .blocked && total.message == nil && total.command == nil && total.omitted == 1, "\(total)")
    }
  }

  @Test func `a partition that is not there is refused by every question`() async throws {
    try await withTeam { client in
      for partition in ["z", "all"] {
        let errors = [
          try await #require(throws: APIError.self) { try await client.checks(of: "team/letters", partition: partition) },
          try await #require(throws: APIError.self) { try await client.why("team/letters", partition: partition) },
          try await #require(throws: APIError.self) { try await client.preview("team/letters", partition: partition, limit: 1) },
        ]
        for error in errors {
          #expect(error.code == .badRequest && error.message.contains("has no partition '\(partition)': its keys are a, b, c"))
        }
      }
      let error = try await #require(throws: APIError.self) { try await client.checks(of: "team/total", partition: "a") }
      #expect(error.mend == "leave --partition out", "\(error)")
    }
  }

  @Test func `the preview of a rejected partition says where to ask about it`() async throws {
    try await withTeam { client in
      try await Self.materializeAll(client)
      let error = try await #require(throws: APIError.self) {
        try await client.preview("team/letters", partition: "b", limit: 1)
      }
      #expect(error.mend == "sluice why team/letters --partition b", "\(error)")
    }
  }

  @Test func `a known key with another selection says so`() async throws {
    try await withTeam { client in
      func launch(_ selection: String, _ checksOnly: Bool = false) async throws -> LaunchResult {
        try await client.launch(
          LaunchRequest(selection: selection, partitions: "a", checksOnly: checksOnly, clientKey: "mine"), wait: 60)
      }
      let first = try await launch("team/letters")
      #expect(first.created && first.difference == nil)
      let again = try await launch("team/letters")
      #expect(!again.created && again.difference == nil)
      for other in [try await launch("team/copies"), try await launch("team/letters", true)] {
        #expect(!other.created && other.run.id == first.run.id)
        #expect(other.difference?.contains("run \(first.run.id) has the key 'mine', and was launched for 'team/letters'") == true)
      }
      let answers = try await client.launch(
        ["team/letters", "team/total"].map { LaunchRequest(selection: $0, partitions: "a", clientKey: "mine") })
      #expect(answers.map { $0.difference == nil } == [true, false])
    }
  }

  @Test func `a check that the host left out is named, by why and by the run`() async throws {
    let (team, key) = (try LocationName("team"), try AssetKey("team/a"))
    let digest = ManifestDigest("sha256:0")
    let asset = AssetSpec(
      key: key, output: OutputSpec(scheme: "memory", format: "value"),
      checks: [CheckSpec(name: "seen"), CheckSpec(name: "left out"), CheckSpec(name: "mild", severity: .warn)])
    let manifest = Manifest(location: team, steps: [StepSpec(name: "team/a", outputs: [asset])])
    let (step, version) = (StepID(run: RunID(1), ordinal: 0), VersionRef(AssetPartition(key), 1))
    let node = PlannedNode(
      location: team, step: "team/a", outputs: [key], space: .single, partitions: [0], firstOrdinal: 0)
    let identities = asset.checks.map(\.identity)
    let granted = asset.checks.map { GrantedCheckSpec(check: $0.identity, severity: $0.severity) }
    let passed = CheckEvaluation(check: identities[0], severity: .block, outcome: .passed)
    let events: [Event] = [
      .workspaceLoaded(WorkspaceDefinition(locations: [LocationDefinition(name: team)])),
      .manifestAccepted(team, digest, manifest),
      .runLaunched(
        RunPlan(
          id: RunID(1), kind: .materialize, origin: .manual, clientKey: nil, selection: "team/a", nodes: [node],
          fixedUpstreams: [:])),
      .stepGranted(
        GrantRecord(
          step: step, attempt: 1, location: team, manifest: digest, stepName: "team/a", partition: .only,
          deadline: Timestamp(seconds: 60), kind: .materialize, inputs: [],
          outputs: [GrantedVersion(asset: key, number: 1, checks: granted)])),
      .staged(
        step, attempt: 1, [StagedOutput(asset: key, locator: Locator(scheme: "memory", uri: "/a", format: "value"))]),
      .checked(step, attempt: 1, version, [passed]),
      .rejected(version, step, attempt: 1, by: [identities[1]], passed: [identities[0]]),
      .attemptEnded(step, attempt: 1, .completed, returnsSlot: true), .stepFinished(step, .rejected), .settled(version),
      .runFinished(RunID(1), .failed),
    ]
    let journal = MemoryJournal(incarnation: Incarnation(7))
    let epoch = try await journal.open().epoch
    try await journal.append(
      JournalBatch(epoch: epoch, after: 0, events: events.map { StampedEvent(at: Timestamp(seconds: 1), event: $0) }))
    try await RunningAPI.serve(try sockets.workspace(["team"]), on: journal) { client, _ in
      for reasons in [try await client.why("team/a").gate.reasons, try await client.run(1).troubled.flatMap(\.reasons)] {
        #expect(reasons.map(\.check) == ["left out"] && reasons.map(\.kind) == [.rejected], "\(reasons)")
        #expect(reasons.first?.outcome == "unevaluated" && reasons.first?.message?.contains("no outcome") == true)
      }
    }
  }
}
