// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Foundation
import JournalCodec
import JournalConformance
import LocationWire
import Orchestrator
import SQLiteStore
import SwiftProtobuf

/// Well-formed inputs that a fuzzer begins from, beside the corpus that is kept as files: what is encoded, is encoded anew.
package enum FuzzSeeds {
  /// Writes them below a directory, one folder a target.
  package static func write(below directory: URL) async throws {
    for (target, seeds) in try await all() {
      let folder = directory.appendingPathComponent(target)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (index, seed) in seeds.enumerated() { try Data(seed).write(to: folder.appendingPathComponent("seed-\(index)")) }
    }
  }

  package static func all() async throws -> [(String, [[UInt8]])] {
    let manifest = try ManifestDocument(manifest(SampleEvents.manifest))
    let histories = try [SampleEvents.everyKind, RandomHistory.events(seed: 1, count: 60)].map {
      [UInt8](try JournalCodec.encode($0).bytes)
    }
    return [
      ("session-events", wireEvents), ("session-commands", wireCommands), ("manifest", [[UInt8](manifest.bytes)]),
      ("describe", [describe(manifest)]), ("partitions", spaces), ("journal-events", histories), ("replay", histories),
      ("journal-rows", try rows()), ("snapshot", [try snapshot()]), ("store", [try await store()]),
      ("backup", [FuzzTarget.sealed([1, 2, 3])]),
    ]
  }

  // MARK: Wire

  private static let attempt = AttemptID(incarnation: FuzzSamples.incarnation, step: StepID(run: RunID(1), ordinal: 0), number: 1)
  private static let version = VersionID(
    incarnation: FuzzSamples.incarnation, asset: FuzzSamples.key("up/a"), partition: "2013-11-03", number: 1)
  private static let locator = Locator(scheme: "file", uri: "file:///data/a.jsonl", format: "jsonl/1", size: 5)
  private static let line = LogLine(at: FuzzSamples.instants[1], level: .info, message: "line")

  private static func framed(_ events: [LocationEvent]) -> [UInt8] {
    let message = Sluice_Location_V1_SessionResponse.with {
      $0.events.first = 1
      $0.events.events = events.map(\.wire)
    }
    return FuzzTarget.bytes(message) ?? []
  }

  private static var wireEvents: [[UInt8]] {
    let metadata = SampleEvents.metadata
    let reports: [StepReport] = [
      .started(attempt), .logged(attempt, lines: [line], dropped: 3),
      .staged(attempt, [StagedOutput(asset: version.asset, locator: locator, metadata: metadata)]),
      .checked(attempt, asset: version.asset, SampleEvents.evaluations),
      .finished(attempt, .failed(StepFailure(kind: .threw, message: "thrown"))), .finished(attempt, .completed),
    ]
    let opened = SessionOpened(
      instance: "host", session: 1, isResumed: true, manifest: FuzzSamples.digest, slots: 4, isDraining: false)
    let beat = Heartbeat(slots: 1, inFlight: 1, isDraining: true, manifest: FuzzSamples.digest, interval: .seconds(5))
    return reports.map { framed([.report($0)]) } + [
      framed(reports.map { .report($0) }),
      framed([.status(.init(attempts: [KnownAttempt(attempt: attempt, reports: reports)], unsettled: [version], isLast: true))]),
      framed([.settled(.init(version: version, decision: .promote, error: "full")), .draining]),
      FuzzTarget.bytes(Sluice_Location_V1_SessionResponse.with { $0.opened = opened.wire }) ?? [],
      FuzzTarget.bytes(Sluice_Location_V1_SessionResponse.with { $0.heartbeat = beat.wire }) ?? [],
    ]
  }

  private static var wireCommands: [[UInt8]] {
    let grant = Grant(
      attempt: attempt, epoch: 1, manifest: FuzzSamples.digest, step: "a", partition: "2013-11-03",
      work: .materialize(
        inputs: [GrantedInput(asset: version.asset, versions: [PinnedVersion(version: version, locator: locator)])],
        outputs: [GrantedOutput(version: version, checks: [CheckIdentity(name: "complete", version: "2")])]),
      deadline: FuzzSamples.instants[1])
    let commands: [LocationWire.Command] = [
      .grant(grant), .cancel(attempt), .settle(Settlement(version: version, decision: .reject, locator: locator)),
    ]
    let open = SessionOpen(
      incarnation: FuzzSamples.incarnation, epoch: 2, resume: .init(instance: "host", session: 1, received: 0))
    return [
      FuzzTarget.bytes(
        Sluice_Location_V1_SessionRequest.with {
          $0.commands.first = 1
          $0.commands.commands = commands.map(\.wire)
        }) ?? [],
      FuzzTarget.bytes(Sluice_Location_V1_SessionRequest.with { $0.open = open.wire }) ?? [],
    ]
  }

  /// The sample as the location `up` would say it.
  private static func manifest(_ sample: Manifest) -> Manifest {
    Manifest(location: FuzzSamples.name("up"), steps: sample.steps, schedules: sample.schedules)
  }

  private static func behindLength(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8(truncatingIfNeeded: bytes.count >> 8), UInt8(truncatingIfNeeded: bytes.count)] + bytes
  }

  private static func describe(_ document: ManifestDocument) -> [UInt8] {
    document.responses(instance: "host").flatMap { behindLength(FuzzTarget.bytes($0) ?? []) }
  }

  private static var spaces: [[UInt8]] {
    let zone = FuzzSamples.zones[1]
    let day = CivilDate(daysSince1970: 16_012)
    let spaces: [(PartitionSpace?, String)] = [
      (.single, ""), ((try? StaticKeys(["a", "b", "c"])).map { .keys($0) }, "a..b,c"),
      ((try? DailyWindows(first: day, last: nil, zone: zone)).map { .daily($0) }, "2013-11-03..2013-11-05,latest"),
      ((try? HourlyWindows(first: day, last: day, zone: zone)).map { .hourly($0) }, "2013-11-03T01:00-04:00"),
      (.hourly(HourlyWindows(start: FuzzSamples.instants[1], limit: nil, zone: .utc)), "latest"),
    ]
    return spaces.compactMap { space, text in
      space.map { behindLength(FuzzTarget.bytes($0.wire) ?? []) + Array(text.utf8) }
    }
  }

  // MARK: Stores

  private static func rows() throws -> [[UInt8]] {
    let plan = SampleEvents.plan(run: 1)
    let failure = StepFailure(kind: .threw, message: "thrown")
    let inputs = [BoundInput(asset: version.asset, binding: .gated, versions: [BoundVersion(partition: .only, number: 1)])]
    let bodies = [
      try JournalCodec.encode(PlannedSteps(nodes: plan.nodes)), try JournalCodec.encode(inputs),
      try JournalCodec.encode(StepOutcome.blocked([.unresolved(version.asset)])), try JournalCodec.encode(failure),
      try JournalCodec.encode(locator), try SampleEvents.trace.map { try JournalCodec.encode($0) } ?? Data(),
      try JournalCodec.encode(SampleEvents.metadata),
      try JournalCodec.encode(
        BackupManifest(
          incarnation: FuzzSamples.incarnation, epoch: 1, position: 1, bytes: 1, checksum: 1, release: "1",
          madeAt: FuzzSamples.instants[0])), RowNumbers.encode([1, -1]),
    ]
    return bodies.enumerated().map { [UInt8($0.offset)] + $0.element }
  }

  private static func snapshot() throws -> [UInt8] {
    var state = State(incarnation: FuzzSamples.incarnation)
    for event in SampleEvents.everyKind { state.evolve(event) }
    return [UInt8](try JournalCodec.encode(state).bytes)
  }

  private static func store() async throws -> [UInt8] {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-fuzz-\(getpid())-seeds")
    defer { try? FileManager.default.removeItem(at: root) }
    let journal = SQLiteJournal(directory: root)
    let opening = try await journal.open()
    try await journal.append(JournalBatch(epoch: opening.epoch, after: 0, events: RandomHistory.events(seed: 2, count: 40)))
    try journal.close()
    return [UInt8](try Data(contentsOf: root.appendingPathComponent("journal.sqlite")))
  }
}
