// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import JournalConformance
import Orchestrator
import Testing

@Suite struct CodecTests {
  private func decode(_ encoded: EncodedBatch) throws -> [StampedEvent] {
    let manifests = Dictionary(uniqueKeysWithValues: encoded.manifests.map { ($0.digest, $0.bytes) })
    return try JournalCodec.decode(encoded.bytes) { digest throws(JournalError) in
      guard let bytes = manifests[digest] else { throw JournalError(.damaged, "no manifest \(digest)") }
      return try JournalCodec.decodeManifest(bytes)
    }
  }

  @Test func `the samples have every kind of event`() {
    #expect(Set(SampleEvents.everyKind.map { $0.event.kindName }).count == Event.kindCount)
  }

  @Test func `every kind of event comes back as it was, alone and in a batch`() throws {
    for event in SampleEvents.everyKind { #expect(try decode(JournalCodec.encode([event])) == [event]) }
    #expect(try decode(JournalCodec.encode(SampleEvents.everyKind)) == SampleEvents.everyKind)
  }

  @Test func `equal batches have equal bytes`() throws {
    #expect(try JournalCodec.encode(SampleEvents.everyKind).bytes == JournalCodec.encode(SampleEvents.everyKind).bytes)
  }

  @Test func `a manifest's content is kept beside the events, once`() throws {
    let accepted = StampedEvent(
      at: Timestamp(seconds: 1), event: .manifestAccepted(SampleEvents.weather, SampleEvents.digest, SampleEvents.manifest))
    let encoded = try JournalCodec.encode([accepted, accepted])
    #expect(encoded.manifests.map(\.digest) == [SampleEvents.digest])
    #expect(encoded.bytes.count < 100)
    #expect(try decode(encoded) == [accepted, accepted])
  }

  @Test func `partition keys that an earlier release took are read again`() throws {
    // A comma with a mark behind it, which passed as another character.
    let space = PartitionSpace.keys(try StaticKeys(stored: ["x,\u{301}y", "z"]))
    let step = StepSpec(name: "s", partitions: space, outputs: [])
    let manifest = Manifest(location: SampleEvents.weather, steps: [step])
    #expect(try JournalCodec.decodeManifest(JournalCodec.encode(manifest)) == manifest)
    #expect(throws: ModelError.self) { try StaticKeys(["x,\u{301}y", "z"]) }
    #expect(throws: ModelError.self) { try StaticKeys(stored: ["z", "z"]) }
  }

  @Test func `a stored schedule that is refused by now is left out, and the journal is read`() throws {
    var bytes = try JournalCodec.encode(SampleEvents.manifest)
    let cron = try #require(bytes.firstRange(of: Data("0 2 * * *".utf8)))
    bytes.replaceSubrange(cron, with: Data("0 2 * * X".utf8))
    #expect(try JournalCodec.decodeManifest(bytes).schedules == SampleEvents.manifest.schedules.filter { $0.name != "nightly" })
  }

  @Test func `an event of a later format is refused, naming the release that knows it`() throws {
    // Batch { events: [{ since: 9, kind 4000: {} }], release: "9.1.0" }, as a later release would write it.
    let event: [UInt8] = [0x08, 9, 0x82, 0xFA, 0x01, 0]
    let bytes = Data([0x22, UInt8(event.count)] + event + [0x2A, 5] + Array("9.1.0".utf8))
    let error = try #require(throws: JournalError.self) { try JournalCodec.decode(bytes) { _ in SampleEvents.manifest } }
    #expect(error.code == .tooNew)
    #expect(error.message.contains("journal format 9") && error.message.contains("9.1.0"))
  }

  @Test func `an event without a kind that is known is damage`() throws {
    let error = try #require(throws: JournalError.self) {
      try JournalCodec.decode(Data([0x22, 0])) { _ in SampleEvents.manifest }
    }
    #expect(error.code == .damaged)
  }

  @Test func `bytes cut anywhere are refused or hold fewer events, and never trap`() throws {
    let bytes = try JournalCodec.encode(SampleEvents.everyKind).bytes
    for length in stride(from: 0, to: bytes.count, by: 17) {
      let events = try? JournalCodec.decode(Data(bytes.prefix(length))) { _ in SampleEvents.manifest }
      #expect((events ?? []).count < SampleEvents.everyKind.count)
    }
  }

  @Test func `altered bytes never trap`() throws {
    let bytes = try JournalCodec.encode(SampleEvents.everyKind).bytes
    var decoded = 0
    for position in stride(from: 0, to: bytes.count, by: 5) {
      var altered = bytes
      altered[position] ^= 0x11
      if (try? JournalCodec.decode(altered) { _ in SampleEvents.manifest }) != nil { decoded += 1 }
    }
    #expect(decoded < bytes.count)
  }

  @Test func `what rows hold comes back as it was`() throws {
    let steps = PlannedSteps(nodes: SampleEvents.plan(run: 1).nodes)
    #expect(try JournalCodec.decodeSteps(JournalCodec.encode(steps)) == steps)
    let trace = try #require(SampleEvents.trace)
    #expect(try JournalCodec.decodeTrace(JournalCodec.encode(trace)) == trace)
    #expect(try JournalCodec.encode(trace).count <= 60 + (trace.state?.utf8.count ?? 0))
    let lost = #expect(throws: JournalError.self) { try JournalCodec.decodeTrace(Data()) }
    #expect(lost?.code == .damaged)
    #expect(try JournalCodec.decodeMetadata(JournalCodec.encode(SampleEvents.metadata)) == SampleEvents.metadata)
    for evaluation in SampleEvents.evaluations {
      let detail = try JournalCodec.encodeDetail(of: evaluation).map { try JournalCodec.decodeDetail($0) }
      #expect(detail?.message == evaluation.message)
      #expect(detail?.metadata ?? [:] == evaluation.metadata)
    }
  }

  @Test func `every case that a row may hold has a number of its own`() throws {
    for phase in StepPhase.allCases { #expect(try RowCodes.phase.value(RowCodes.phase.code(phase)) == phase) }
    for outcome in RunOutcome.allCases { #expect(try RowCodes.runOutcome.value(RowCodes.runOutcome.code(outcome)) == outcome) }
    for level in LogLine.Level.allCases { #expect(try RowCodes.level.value(RowCodes.level.code(level)) == level) }
    #expect(throws: JournalError.self) { try RowCodes.phase.value(99) }
    #expect(throws: JournalError.self) { try RowCodes.phase.value(-1) }
  }

  @Test func `a plan whose numbers would overflow, or that its space does not have, is damage`() throws {
    let keys = PartitionSpace.keys(try StaticKeys(["a", "b"]))
    func refuses(_ space: PartitionSpace, _ partitions: PartitionSet, first: Int) throws {
      let node = PlannedNode(
        location: SampleEvents.weather, step: "s", outputs: [SampleEvents.hourly], space: space, partitions: partitions,
        firstOrdinal: first)
      let bytes = try JournalCodec.encode(PlannedSteps(nodes: [node]))
      let error = #expect(throws: JournalError.self) { try JournalCodec.decodeSteps(bytes) }
      #expect(error?.code == .damaged)
    }
    try refuses(keys, [0, 1], first: .max)
    try refuses(keys, [0, 1], first: -1)
    try refuses(keys, [2], first: 0)
    try refuses(.single, [1], first: 0)
    try refuses(SampleEvents.days, PartitionSet(0..<(1 << 40)), first: 0)
    try refuses(SampleEvents.days, PartitionSet(0..<(1 << 30)), first: 0)
  }

  @Test func `a number of partitions that no upstream has is damage`() throws {
    var plan = SampleEvents.plan(run: 1)
    plan = RunPlan(
      id: plan.id, kind: plan.kind, origin: plan.origin, clientKey: nil, selection: "*", nodes: plan.nodes,
      fixedUpstreams: [SampleEvents.hourly: FixedUpstream(space: SampleEvents.days, count: -1)], trace: nil)
    let encoded = try JournalCodec.encode([StampedEvent(at: Timestamp(seconds: 1), event: .runLaunched(plan))])
    let error = #expect(throws: JournalError.self) { try decode(encoded) }
    #expect(error?.code == .damaged)
  }

  @Test func `a materialization with one check takes at most 500 bytes of events`() throws {
    let bytes = try OneMaterialization().batches.map { try JournalCodec.encode($0).bytes.count }
    #expect(bytes.reduce(0, +) <= 500, "batches of \(bytes) bytes")
  }

  @Test func `the checksum is the one that everybody computes`() {
    #expect(Checksum.crc32(Data("123456789".utf8)) == 0xCBF4_3926)
  }
}
