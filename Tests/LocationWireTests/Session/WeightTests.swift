// SPDX-License-Identifier: Apache-2.0

import AssetModel
import LocationWire
import SwiftProtobuf
import Testing

@Suite("What an item weighs")
struct WeightTests {
  private static let long = String(repeating: "x", count: 10_000)
  private static let attempt = AttemptID(
    incarnation: Incarnation(1), step: StepID(run: RunID(1), ordinal: 0), number: 1)

  private static func staged(_ metadata: Metadata, uri: String = "/a") throws -> StepReport {
    let locator = Locator(scheme: "file", uri: uri, format: "jsonl/1")
    return .staged(attempt, [StagedOutput(asset: try AssetKey("up/a"), locator: locator, metadata: metadata)])
  }

  private static func checked(_ metadata: Metadata, message: String? = nil, name: String = "c") throws -> StepReport {
    let check = CheckIdentity(name: name, version: name)
    let evaluation = CheckEvaluation(check: check, severity: .warn, outcome: .passed, message: message, metadata: metadata)
    return .checked(attempt, asset: try AssetKey("up/a"), Array(repeating: evaluation, count: 20))
  }

  @Test func `no report takes more bytes on the wire than it weighs, whichever of its texts is long`() throws {
    let columns = MetadataValue.table(MetadataTable(columns: (0..<1_000).map { "\($0)" + Self.long.prefix(100) }, rows: []))
    let rows = MetadataValue.table(MetadataTable(columns: ["a"], rows: [[Self.long], [Self.long]]))
    let failure = StepFailure(kind: .threw, message: Self.long)
    let reports = [
      try Self.staged(["columns": columns]), try Self.staged(["rows": rows]), try Self.staged([Self.long: .int(1)]),
      try Self.staged([:], uri: "/" + Self.long), try Self.staged(["items": .items([.text(Self.long), .url(Self.long)])]),
      try Self.checked([:], message: Self.long), try Self.checked([:], name: String(Self.long.prefix(200))),
      try Self.checked(["columns": columns]), .finished(Self.attempt, .failed(failure)),
      .logged(Self.attempt, lines: [LogLine(at: Timestamp(seconds: 0), level: .info, message: Self.long)], dropped: 0),
    ]
    for report in reports {
      let bytes = try report.wire.serializedData().count
      #expect(LocationEvent.report(report).weight >= bytes)
      // What a sender of ours would cut counts, too.
      #expect(report.weight > 4_000)
    }
  }

  @Test func `a grant weighs the names of its checks`() throws {
    let checks = (0..<100).map { CheckIdentity(name: "\($0)" + Self.long.prefix(200), version: String(Self.long.prefix(200))) }
    let version = VersionID(incarnation: Incarnation(1), asset: try AssetKey("up/a"), partition: .only, number: 1)
    let grant = Grant(
      attempt: Self.attempt, epoch: 1, manifest: ManifestDigest("m"), step: "s", partition: .only,
      work: .materialize(inputs: [], outputs: [GrantedOutput(version: version, checks: checks)]),
      deadline: Timestamp(seconds: 0), trace: nil)
    #expect(grant.weight >= (try grant.wire.serializedData().count))
  }
}
