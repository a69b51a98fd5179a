// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import LocationWire
import SwiftProtobuf
import Testing

@Suite("What a message takes in memory")
struct DecodedSizeTests {
  private func check(_ bytes: [UInt8], as shape: MessageShape) -> WireError? {
    bytes.withUnsafeBytes { bytes in
      do throws(WireError) {
        try DecodedSize.check(bytes, as: shape)
        return nil
      } catch { return error }
    }
  }

  /// A field with a length.
  private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    var length = content.count
    var encoded = [number << 3 | 2]
    repeat {
      encoded.append(UInt8(length & 0x7F) | (length > 0x7F ? 0x80 : 0))
      length >>= 7
    } while length > 0
    return encoded + content
  }

  /// So many empty elements below a path of fields, the last of which repeats.
  private static func hollow(_ path: [UInt8], _ count: Int) -> [UInt8] {
    let elements = Array(repeating: field(path[path.count - 1], []), count: count).flatMap { $0 }
    return path.dropLast().reversed().reduce(elements) { field($1, $0) }
  }

  /// Every repeated message of what a location sends, by its path.
  private static let paths: [(String, [UInt8])] = [
    ("events", [3, 2]), ("attempts of a status", [3, 2, 4, 1]), ("unsettled", [3, 2, 4, 2]),
    ("reports of an attempt", [3, 2, 4, 1, 2]), ("lines", [3, 2, 1, 3, 1]), ("outputs", [3, 2, 1, 4, 1]),
    ("metadata", [3, 2, 1, 4, 1, 3]), ("evaluations", [3, 2, 1, 5, 2]), ("metadata of a check", [3, 2, 1, 5, 2, 5]),
    ("rows of a table", [3, 2, 1, 4, 1, 3, 2, 8, 2]), ("items", [3, 2, 1, 4, 1, 3, 2, 10, 1]),
    ("items of items", [3, 2, 1, 4, 1, 3, 2, 10, 1, 10, 1]), ("cells", [3, 2, 1, 4, 1, 3, 2, 8, 2, 1]),
  ]

  @Test(arguments: paths.map(\.0))
  func `a message of empty elements is refused before it is decoded, or takes a small multiple of its bytes`(what: String) throws
  {
    let path = try #require(Self.paths.first { $0.0 == what }).1
    let hollow = Self.hollow(path, 200_000)
    let refusal = check(hollow, as: .sessionResponse)
    // What is refused is so for its size in memory; what passes is no larger than it may be.
    let stride = Self.strides[what] ?? 16
    #expect((refusal != nil) == (stride * 200_000 > hollow.count * WireLimits.decodedMultiple + WireLimits.decodedFloor))
    #expect(refusal?.code == .overLimit || refusal == nil)
    #expect(check(Self.hollow(path, 20), as: .sessionResponse) == nil)
  }

  /// Bytes of one decoded element, as the compiler lays it out.
  private static let strides: [String: Int] = [
    "events": MemoryLayout<Sluice_Location_V1_Event>.stride,
    "attempts of a status": MemoryLayout<Sluice_Location_V1_KnownAttempt>.stride,
    "unsettled": MemoryLayout<Sluice_Location_V1_VersionId>.stride,
    "reports of an attempt": MemoryLayout<Sluice_Location_V1_StepReport>.stride,
    "lines": MemoryLayout<Sluice_Location_V1_LogLine>.stride,
    "outputs": MemoryLayout<Sluice_Location_V1_StagedOutput>.stride, "metadata": 32,
    "evaluations": MemoryLayout<Sluice_Location_V1_CheckEvaluation>.stride, "metadata of a check": 32,
    "rows of a table": MemoryLayout<Sluice_Location_V1_MetadataValue.Row>.stride,
    "items": MemoryLayout<Sluice_Location_V1_MetadataValue>.stride,
    "items of items": MemoryLayout<Sluice_Location_V1_MetadataValue>.stride, "cells": 16,
  ]

  @Test func `a step of empty texts is refused where all of them would take more than any message may`() throws {
    // An asset whose kinds are empty: two bytes each, and sixteen in memory.
    func check(_ count: Int) -> WireError? {
      Self.hollow([4, 5], count).withUnsafeBytes { bytes in
        do throws(WireError) {
          try DecodedSize.check(bytes, as: .step, atMost: 1 << 20)
          return nil
        } catch { return error }
      }
    }
    #expect(check(60_000) == nil)
    let refusal = check(70_000)
    #expect(refusal?.code == .overLimit)
    #expect(refusal.map { "\($0)" }?.contains("decodedBytes") == true)
  }

  @Test func `a text of megabytes is refused before a definition is decoded, and names its limit`() throws {
    let limit = WireLimits.definitionTextBytes
    func manifest(_ length: Int) throws -> Data {
      let long = String(repeating: "n", count: length)
      let asset = Sluice_Location_V1_Asset.with { $0.tags = [long: "v"] }
      return try Sluice_Location_V1_Manifest.with {
        $0.location = "up"
        $0.steps = [.with { $0.outputs = [asset] }]
      }.serializedData()
    }
    func read(_ bytes: Data) throws { _ = try ManifestDocument(bytes: bytes, digest: ManifestDocument.digest(of: bytes)) }
    let refusal = #expect(throws: WireError.self) { try read(manifest(limit + 1)) }
    #expect(refusal?.code == .overLimit)
    #expect("\(String(describing: refusal))".contains("definitionTextBytes"), "\(String(describing: refusal))")
    let other = #expect(throws: WireError.self) { try read(manifest(limit)) }
    #expect(!"\(String(describing: other))".contains("definitionTextBytes"), "\(String(describing: other))")
  }

  @Test func `rows of a preview and definitions of a step are counted, too`() {
    #expect(check(Self.hollow([2], 500_000), as: .previewResponse) == nil, "a row is no larger than it may be")
    for path in [[3], [4], [4, 9]] as [[UInt8]] { #expect(check(Self.hollow(path, 500_000), as: .step) != nil, "\(path)") }
  }

  @Test func `more events than one message may hold are refused by name`() throws {
    let event = Self.field(2, Self.field(1, Self.field(1, [0x10, 1, 0x20, 1]) + Self.field(2, [])))
    let message = Self.field(3, Array(repeating: event, count: WireLimits.eventsPerMessage + 1).flatMap { $0 })
    #expect(try #require(check(message, as: .sessionResponse)).message.contains("eventsPerMessage"))
  }

  /// One letter and marks of two classes: comparing it would take an hour.
  private static let marks = "a" + String(repeating: "\u{315}", count: 500_000) + String(repeating: "\u{316}", count: 500_000)

  /// Reports of a step that carry an entry of metadata.
  private static func reports(named name: [UInt8]) -> [[UInt8]] {
    let entry = field(1, name) + field(2, [8, 1])
    return [[3, 2, 1, 4, 1, 3], [3, 2, 1, 5, 2, 5]].map { $0.reversed().reduce(entry) { field($1, $0) } }
  }

  @Test func `a name of metadata is bounded before a decoder hashes it`() throws {
    for message in Self.reports(named: Array(Self.marks.utf8)) {
      #expect(try #require(check(message, as: .sessionResponse)).message.contains("nameLength"))
    }
    for count in [Limits.combiningMarks, Limits.combiningMarks + 1] {
      let name = "a" + String(repeating: "\u{315}", count: count - 10) + String(repeating: "\u{316}", count: 10)
      for message in Self.reports(named: Array(name.utf8)) {
        let refusal = check(message, as: .sessionResponse)
        #expect((refusal == nil) == (count == Limits.combiningMarks), "\(count)")
        #expect(refusal?.message.contains("combiningMarks") ?? true)
      }
    }
  }

  @Test func `nothing lies hidden behind a group, which a decoder would skip`() throws {
    let group: [UInt8] = [0x7B, 0x7C]
    for message in Self.reports(named: Array(Self.marks.utf8)) {
      #expect(try #require(check(group + message, as: .sessionResponse)).message.contains("group"))
    }
    let entry = group + Self.field(1, Array(Self.marks.utf8))
    let message = [3, 2, 1, 4, 1, 3].reversed().reduce(entry) { Self.field($1, $0) }
    #expect(try #require(check(message, as: .sessionResponse)).message.contains("group"))
  }

  @Test func `no text of a definition has long runs of marks`() throws {
    let marks = String(Self.marks.unicodeScalars.prefix(1_000) + Self.marks.unicodeScalars.suffix(1_000))
    let asset = Sluice_Location_V1_Asset.with { $0.tags = ["tag": "v"] }
    let texts: [(inout Sluice_Location_V1_Manifest) -> Void] = [
      { $0.schedules = [.with { $0.selection = marks }] }, { $0.schedules = [.with { $0.zone = marks }] },
      { $0.steps = [.with { $0.partitions.keys.keys = [marks] }] }, { $0.steps = [.with { $0.name = marks }] },
      { manifest in
        manifest.steps = [
          .with {
            $0.outputs = [asset]
            $0.outputs[0].tags = ["t": marks]
          }
        ]
      },
    ]
    for change in texts {
      var manifest = Sluice_Location_V1_Manifest.with { $0.location = "up" }
      change(&manifest)
      let bytes = try manifest.serializedData()
      let refusal = #expect(throws: WireError.self) {
        try ManifestDocument(bytes: bytes, digest: ManifestDocument.digest(of: bytes))
      }
      #expect(try #require(refusal).message.contains("combiningMarks"), "\(String(describing: refusal))")
    }
  }

  @Test func `marks beyond the limit are taken from what is shown, and a name or a locator with them is refused`() throws {
    let line = Sluice_Location_V1_LogLine.with {
      $0.level = .info
      $0.message = Self.marks
    }
    #expect(try LogLine(wire: line).message.hasMarks())
    let sent = LogLine(at: Timestamp(microseconds: 0), level: .info, message: Self.marks).wire
    #expect(sent.message.hasMarks())
    let marks = String(Self.marks.unicodeScalars.prefix(100))
    for value: MetadataValue in [.text(marks), .json(marks), .table(MetadataTable(columns: [marks], rows: [[marks]]))] {
      let short = String(marks.unicodeScalars.prefix(1 + Limits.combiningMarks))
      let bounded: MetadataValue =
        switch value {
        case .text: .text(short)
        case .json: .json(short)
        default: .table(MetadataTable(columns: [short], rows: [[short]]))
        }
      #expect(value.wire == bounded.wire)
      #expect(try MetadataValue(wire: value.wire) == bounded)
    }
    var raw = Sluice_Location_V1_MetadataValue()
    raw.text = marks
    guard case .text(let text) = try MetadataValue(wire: raw) else { return #expect(Bool(false)) }
    #expect(text.hasMarks())
    let staged = StagedOutput(
      asset: Samples.key("a/b"), locator: Locator(scheme: "file", uri: "/x", format: "json/1"),
      metadata: ["fine": .int(1), marks: .int(2)])
    #expect(staged.wire.metadata.keys.sorted() == ["fine", "…"])
    let locator = Sluice_Location_V1_Locator.with {
      $0.scheme = "file"
      $0.format = "json/1"
      $0.uri = Self.marks.cut(toBytes: 200) + marks
    }
    #expect(throws: WireError.self) { try Locator(wire: locator) }
    #expect(throws: WireError.self) { try PartitionKey(wire: marks) }
    #expect(throws: WireError.self) { try ManifestDigest(wire: marks) }
  }

  @Test func `what nests too deep is refused by name`() throws {
    var value: [UInt8] = []
    for _ in 0..<200 { value = Self.field(10, Self.field(1, value)) }
    let message = [3, 2, 1, 4, 1, 3, 2].reversed().reduce(value) { Self.field($1, $0) }
    #expect(try #require(check(message, as: .sessionResponse)).message.contains("nesting"))
  }

  @Test func `bytes that are no message are left to the decoder`() {
    #expect(check([0xFF], as: .sessionResponse) == nil)
    #expect(check([0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], as: .sessionResponse) == nil)
    #expect(check(Array(repeating: 0x80, count: 100), as: .sessionResponse) == nil)
  }

  @Test func `what a host sends at its fullest passes`() throws {
    let line = LogLine(at: Timestamp(microseconds: 0), level: .info, message: "x")
    let attempt = AttemptID(incarnation: Incarnation(1), step: StepID(run: RunID(1), ordinal: 0), number: 1)
    let table = MetadataValue.table(
      MetadataTable(columns: ["a", "b", "c"], rows: Array(repeating: ["1", "2", ""], count: 3_000)))
    let reports: [StepReport] = [
      .logged(attempt, lines: Array(repeating: line, count: 200), dropped: 0),
      .staged(
        attempt,
        [
          StagedOutput(
            asset: Samples.key("a/b"), locator: Locator(scheme: "file", uri: "/x", format: "json/1"), metadata: ["t": table])
        ]),
    ]
    for events in [reports.map { LocationEvent.report($0) }, Array(repeating: .report(.started(attempt)), count: 256)] {
      let response = Sluice_Location_V1_SessionResponse.with {
        $0.events.first = 1
        $0.events.events = events.map(\.wire)
      }
      #expect(check(try response.serializedBytes(), as: .sessionResponse) == nil)
    }
  }
}

@Suite("A manifest is read definition by definition")
struct ManifestReaderTests {
  private func read(_ bytes: [UInt8]) -> WireError? {
    do throws(WireError) {
      _ = try ManifestDocument(bytes: Data(bytes), digest: ManifestDocument.digest(of: Data(bytes)))
      return nil
    } catch { return error }
  }

  private static func emptySteps(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 2 * count)
    for index in 0..<count { bytes[2 * index] = 0x1A }
    return bytes
  }

  @Test func `empty steps, however many, end at the first`() throws {
    let refusal = try #require(read(Self.emptySteps(200_000)))
    #expect(refusal.description.hasPrefix("steps[0]"))
  }

  @Test func `bytes that break off are no manifest`() throws {
    let whole = Array(try ManifestDocument(Samples.manifest).bytes)
    #expect(read(whole) == nil)
    #expect(try #require(read(Array(whole.dropLast()))).message.contains("break off"))
  }

  @Test func `what a newer location adds is left aside`() throws {
    let whole = Array(try ManifestDocument(Samples.manifest).bytes)
    #expect(read(whole + [0x3A, 0x02, 0x08, 0x01] + [0x40, 0x05]) == nil)
  }

  @Test func `a name with a control character is refused, naming the field`() throws {
    let schedule = try #require(Samples.manifest.schedules.first)
    let manifest = Manifest(
      location: Samples.manifest.location, steps: Samples.manifest.steps,
      schedules: [
        ScheduleSpec(name: "\u{1B}[32mall checks passed", cron: schedule.cron, zone: schedule.zone, selection: schedule.selection)
      ])
    let error = #expect(throws: WireError.self) { try ManifestDocument(manifest) }
    #expect(try #require(error).field == "schedules[0].name")
  }

  @Test func `what an error quotes of a peer is cut`() {
    let error = WireError(.malformed, field: String(repeating: "f", count: 15_000_000), String(repeating: "m", count: 15_000_000))
    #expect(error.description.utf8.count <= 2 * WireLimits.errorBytes)
  }
}

@Suite("A status that is put together")
struct StatusBoundsTests {
  private func open() throws -> DaemonSession {
    var session = DaemonSession(incarnation: Incarnation(1), epoch: 1)
    _ = session.open()
    _ = try session.opened(
      SessionOpened(
        instance: "i", session: 1, isResumed: false, manifest: ManifestDigest("d"), slots: 1, isDraining: false), received: 0)
    return session
  }

  @Test func `one without a last part ends the session by name`() throws {
    var session = try open()
    let version = VersionID(incarnation: Incarnation(1), asset: Samples.key("a/b"), partition: .only, number: 1)
    let part = LocationEvent.status(LocationEvent.Status(unsettled: Array(repeating: version, count: 1_000), isLast: false))
    let error = #expect(throws: WireError.self) {
      for number in 0..<UInt64(WireLimits.statusBytes) { _ = try session.receive(first: 1 + number, [.item(part)]) }
    }
    #expect(try #require(error).message.contains("statusBytes"))
  }

  @Test func `of more unsettled versions than are looked at the first are`() throws {
    var session = try open()
    let asset = Samples.key("a/b")
    let versions = (1...UInt32(WireLimits.unsettledPerStatus + 10)).map {
      VersionID(incarnation: Incarnation(1), asset: asset, partition: .only, number: $0)
    }
    let halves = [versions.prefix(versions.count / 2), versions.suffix(versions.count - versions.count / 2)]
    _ = try session.receive(first: 1, [.item(.status(.init(unsettled: Array(halves[0]), isLast: false)))])
    let deliveries = try session.receive(first: 2, [.item(.status(.init(unsettled: Array(halves[1]), isLast: true)))])
    guard case .opened(let status, _) = try #require(deliveries.first) else { return #expect(Bool(false)) }
    #expect(status.unsettled == Array(versions.prefix(WireLimits.unsettledPerStatus)))
  }

  @Test func `numbers that a location states are bounded as they are read`() throws {
    let logged = Sluice_Location_V1_StepReport.with {
      $0.attempt.number = 1
      $0.logged.dropped = .max
    }
    guard case .logged(_, _, let dropped) = try StepReport(wire: logged) else { return #expect(Bool(false)) }
    #expect(dropped == Limits.droppedLines)
    let opened = Sluice_Location_V1_SessionResponse.Opened.with {
      $0.instance = "i"
      $0.manifestDigest = "d"
      $0.slots = .max
    }
    #expect(try SessionOpened(wire: opened).slots == Limits.slotsPerLocation)
  }

  @Test func `a table that would be padded beyond its cells is refused`() {
    let wire = Sluice_Location_V1_MetadataValue.with {
      $0.table.columns = Array(repeating: "", count: 3_000)
      $0.table.rows = Array(repeating: .init(), count: 3_000)
    }
    #expect(throws: WireError.self) { try MetadataValue(wire: wire) }
  }
}
