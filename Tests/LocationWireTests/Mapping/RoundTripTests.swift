// SPDX-License-Identifier: Apache-2.0

import AssetModel
import LocationWire
import SwiftProtobuf
import Testing

@Suite struct RoundTripTests {
  /// Encodes, sends through bytes, and decodes.
  private func travelled<Value: WireMapped>(_ value: Value) throws -> Value where Value.Wire: Message {
    let bytes: [UInt8] = try value.wire.serializedBytes()
    return try Value(wire: Value.Wire(serializedBytes: bytes))
  }

  @Test func `a manifest with every field and every kind of partitions arrives as it was`() throws {
    #expect(try travelled(Samples.manifest) == Samples.manifest)
  }

  @Test(arguments: [Samples.grant(), Samples.checkOnly]) func `grants arrive as they were`(_ grant: Grant) throws {
    #expect(try travelled(grant) == grant)
  }

  @Test(arguments: Samples.reports) func `reports arrive as they were`(_ report: StepReport) throws {
    #expect(try travelled(report) == report)
  }

  @Test(arguments: Samples.settlements) func `settlements arrive as they were`(_ settlement: Settlement) throws {
    #expect(try travelled(settlement) == settlement)
  }

  @Test func `a known attempt arrives with its reports in order`() throws {
    let known = KnownAttempt(attempt: Samples.attempt(), reports: Samples.reports)
    #expect(try travelled(known) == known)
  }

  @Test func `commands and events arrive as they were`() throws {
    let commands: [Command] = [.grant(Samples.grant()), .cancel(Samples.attempt()), .settle(Samples.settlements[0])]
    #expect(commands.map { Received<Command>(wire: $0.wire) } == commands.map { .item($0) })
    let events: [LocationEvent] = [
      .report(Samples.reports[3]), .draining,
      .settled(.init(version: Samples.version(), decision: .promote, error: "disk full")),
      .settled(.init(version: Samples.version(), decision: .reject, error: nil)),
      .status(.init(attempts: [.init(attempt: Samples.attempt(), reports: [])], unsettled: [Samples.version()], isLast: true)),
    ]
    #expect(events.map { Received<LocationEvent>(wire: $0.wire) } == events.map { .item($0) })
  }

  @Test func `what opens a session arrives as it was`() throws {
    let opens = [
      SessionOpen(incarnation: Incarnation(7), epoch: 2, resume: nil),
      SessionOpen(incarnation: Incarnation(7), epoch: 2, resume: .init(instance: "a", session: 4, received: 99)),
    ]
    for open in opens { #expect(try travelled(open) == open) }
    let opened = SessionOpened(
      instance: "a", session: 4, isResumed: true, manifest: ManifestDigest("sha256:1"), slots: 8, isDraining: true)
    #expect(try travelled(opened) == opened)
    let told = SessionOpened(
      instance: "a", session: 1, isResumed: false, manifest: ManifestDigest("sha256:1"), slots: 8, isDraining: false,
      previousEnd: "was ended by signal 4 (SIGILL)\nx" + String(repeating: "y", count: WireLimits.previousEndBytes))
    let arrived = try travelled(told).previousEnd
    #expect(arrived?.hasPrefix("was ended by signal 4 (SIGILL)\nxyy") == true && arrived?.hasSuffix(" … (cut)") == true)
    #expect(arrived?.utf8.count == WireLimits.previousEndBytes)
    let heartbeat = Heartbeat(
      slots: 8, inFlight: 3, isDraining: false, manifest: ManifestDigest("sha256:1"), interval: .seconds(5))
    #expect(try travelled(heartbeat) == heartbeat)
  }
}

@Suite struct FittingTests {
  @Test func `a long message is cut on a character's edge, and marked`() throws {
    let long = String(repeating: "ä", count: Limits.messageLength)
    let report = StepReport.finished(Samples.attempt(), .failed(StepFailure(kind: .threw, message: long)))
    guard case .finished(_, .failed(let failure)) = try StepReport(wire: report.wire) else {
      Issue.record("another report came back")
      return
    }
    #expect(failure.message.utf8.count <= Limits.messageLength)
    #expect(failure.message.hasSuffix("… (cut)"))
  }

  @Test func `metadata over the limits is cut, so that a team's zeal loses no report`() throws {
    var metadata: Metadata = [:]
    for index in 0..<150 { metadata["entry \(index)"] = .text(String(repeating: "x", count: 100_000)) }
    let output = StagedOutput(asset: Samples.key("a/b"), locator: Samples.locator, metadata: metadata)
    let report = StepReport.staged(Samples.attempt(), Array(repeating: output, count: 5))
    let bytes: [UInt8] = try report.wire.serializedBytes()
    #expect(bytes.count < 2 * WireLimits.metadataBytes)
    guard case .staged(_, let outputs) = try StepReport(wire: report.wire) else {
      Issue.record("another report came back")
      return
    }
    #expect(outputs.allSatisfy { $0.metadata["…"] != nil && $0.metadata.count > 1 })
  }

  @Test func `lists nested too deep travel as text`() throws {
    var value = MetadataValue.text("core")
    for _ in 0..<200 { value = .items([value, .int(1)]) }
    #expect(throws: Never.self) { try MetadataValue(wire: value.wire) }
  }
}
