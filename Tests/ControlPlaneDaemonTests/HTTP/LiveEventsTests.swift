// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import ControlPlaneDaemon
import Orchestrator
import Testing

@Suite("What a live stream tells") struct LiveEventsTests {
  private let history = MemoryJournal(incarnation: Incarnation(7)).history
  private let step = StepID(run: RunID(1), ordinal: 0)

  private func tell(_ event: Event, _ live: inout LiveEvents) async throws -> [LiveEvent] {
    try await live.retell(StampedEvent(at: Timestamp(seconds: 0), event: event), position: 1, history: history)
  }

  @Test func `a step of many assets that says many lines is told in few bytes`() async throws {
    let team = try LocationName("team")
    let assets = try (0..<1_000).map { try AssetKey("team/" + String(repeating: "a", count: 246) + "\($0)") }
    let grant = GrantRecord(
      step: step, attempt: 1, location: team, manifest: ManifestDigest("sha256:0"), stepName: "many", partition: .only,
      deadline: Timestamp(seconds: 60), kind: .materialize, inputs: [],
      outputs: assets.map { GrantedVersion(asset: $0, number: 1, checks: []) })
    let lines = (0..<32_768).map { _ in LogLine(at: Timestamp(seconds: 1), level: .info, message: "") }
    var live = LiveEvents(run: nil)
    let granted = try await tell(.stepGranted(grant), &live)
    #expect(granted.first?.asset?.hasSuffix(" and 995 more") == true)
    let told = try await tell(.logged(step, attempt: 1, lines: lines, dropped: 3), &live)
    #expect(told.count == APILimits.eventLines + 2)
    // What was dropped came before these lines.
    #expect(told.first?.message == "3 lines were dropped here")
    #expect(told.last?.message == "28672 lines more came at once: the run's logs have them")
    let bytes = try told.reduce(0) { $0 + (try $1.serverSentEvent().utf8.count) }
    #expect(bytes < 8 << 20, "\(bytes)")
  }

  @Test func `the assets of a usual step are all named, and its lines all told`() async throws {
    let grant = GrantRecord(
      step: step, attempt: 1, location: try LocationName("team"), manifest: ManifestDigest("sha256:0"), stepName: "pair",
      partition: "a", deadline: Timestamp(seconds: 60), kind: .materialize, inputs: [],
      outputs: try ["team/a", "team/b"].map { GrantedVersion(asset: try AssetKey($0), number: 1, checks: []) })
    var live = LiveEvents(run: nil)
    _ = try await tell(.stepGranted(grant), &live)
    let lines = (0..<300).map { LogLine(at: Timestamp(seconds: 1), level: .info, message: "\($0)") }
    let told = try await tell(.logged(step, attempt: 1, lines: lines, dropped: 0), &live)
    #expect(told.map(\.message) == (0..<300).map { "\($0)" })
    #expect(told.allSatisfy { $0.asset == "team/a, team/b" && $0.location == "team" && $0.partition == "a" })
  }
}
