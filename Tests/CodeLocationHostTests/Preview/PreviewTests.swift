// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import CodeLocationHost
import Testing

@Suite struct PreviewTests {
  private struct Row: Codable, Sendable {
    var name: String
    var number: Int
  }

  private let storage = InMemoryIOManager()

  private func preview(_ value: some Codable & Sendable, limit: Int = 2) async throws -> VersionPreview {
    let definitions = Definitions { Asset("team/rows") { _ in [1] } }
    let location = try LoadedLocation(name: "team", definitions: definitions, configuration: Configuration(), storage: storage)
    let version = VersionID(incarnation: Incarnation(7), asset: try AssetKey("team/any"), partition: .only, number: 1)
    let staged = try await storage.stage(value, as: version)
    return try await location.preview(PinnedVersion(version: version, locator: staged.locator), limit: limit)
  }

  @Test func `rows show under their columns, as many as asked for`() async throws {
    let rows = ["a", "b", "c"].enumerated().map { Row(name: $0.element, number: $0.offset) }
    #expect(
      try await preview(rows)
        == VersionPreview(columns: ["name", "number"], rows: [["a", "0"], ["b", "1"]], isTruncated: true))
  }

  @Test func `a document is one row`() async throws {
    #expect(
      try await preview(["departures": 753, "late": 83])
        == VersionPreview(columns: ["departures", "late"], rows: [["753", "83"]], isTruncated: false))
    #expect(try await preview(42) == VersionPreview(columns: ["value"], rows: [["42"]], isTruncated: false))
  }
}
