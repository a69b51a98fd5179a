// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import CodeLocationHost
import Foundation
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

  /// A row whose fields are in no order but that of its declaration.
  private struct Reading: Codable, Sendable {
    enum Sky: String, Codable { case clear, cloudy }

    var origin = "JFK"
    var hour = 1
    var at = Date(timeIntervalSince1970: 0)
    var temperature: Double?
    var sky: Sky?
    var broken = false
    var gusts = [1.5]
  }

  private func preview<Value: Codable & Sendable>(
    of asset: Asset<Value>, _ value: some Codable & Sendable, in storage: any IOManager, rejected: Bool = false
  ) async throws -> VersionPreview {
    let location = try LoadedLocation(
      name: "team", definitions: Definitions { asset }, configuration: Configuration(), storage: storage)
    let version = VersionID(incarnation: Incarnation(7), asset: try AssetKey("team/rows"), partition: .only, number: 1)
    let staged = try await storage.stage(value, as: version)
    if rejected { try await storage.reject(version, at: staged.locator) }
    return try await location.preview(PinnedVersion(version: version, locator: staged.locator), limit: 5)
  }

  @Test func `columns keep the order and the types that the asset's type declares, and further ones follow by name`() async throws
  {
    let asset = Asset("team/rows") { _ in [Reading()] }
    let shown = try await preview(of: asset, [Reading(), Reading(temperature: 21.5, sky: .clear)], in: storage)
    #expect(shown.columns == ["origin", "hour", "at", "temperature", "sky", "broken", "gusts"])
    #expect(shown.types == ["text", "integer", "instant", "number?", "text?", "boolean", "list"])
    #expect(shown.rows[1] == ["JFK", "1", "1970-01-01T00:00:00.000000Z", "21.5", "clear", "false", "[1.5]"])
    // Of a document alike, and of rows of before that have other fields.
    let document = try await preview(of: Asset("team/rows") { _ in Reading() }, Reading(), in: storage)
    #expect(document.columns == shown.columns && document.rows.count == 1)
    let older = try await preview(of: Asset("team/rows") { _ in [Row(name: "", number: 0)] }, [["b": 1, "a": 2]], in: storage)
    #expect(older == VersionPreview(columns: ["a", "b"], rows: [["2", "1"]], isTruncated: false))
  }

  @Test func `a version that was rejected is shown where storage has put it aside`() async throws {
    let home = FileManager.default.temporaryDirectory.appending(path: "preview-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: home) }
    let asset = Asset("team/rows") { _ in [Row(name: "", number: 0)] }
    let rows = [Row(name: "a", number: 1)]
    for storage in [FileIOManager(root: home), InMemoryIOManager()] as [any IOManager] {
      let shown = try await preview(of: asset, rows, in: storage, rejected: true)
      #expect(shown.rows == [["a", "1"]])
    }
  }

  @Test func `of a document that is too large nothing is read`() async throws {
    let asset = Asset("team/rows") { _ in "" }
    let shown = try await preview(of: asset, String(repeating: "x", count: PreviewLimits.documentBytes), in: storage)
    #expect(shown == VersionPreview(columns: [], rows: [], isTruncated: true))
  }

  @Test func `a thousand long rows show a bounded part of each, and of all`() async throws {
    let cell = String(repeating: "x", count: 8 << 10)
    let rows = Rows((0..<1_000).lazy.map { _ in ["a": cell, "b": cell] })
    let shown = try await preview(rows, limit: 1_000)
    #expect(shown.isTruncated)
    #expect(shown.rows.allSatisfy { $0[0].utf8.count <= PreviewLimits.cellBytes && $0[0].hasSuffix("… (cut)") })
    let bytes = shown.rows.reduce(0) { $0 + $1.reduce(0) { $0 + $1.utf8.count } }
    #expect(bytes <= PreviewLimits.bytes && bytes > PreviewLimits.bytes / 2)
  }

  @Test func `rows whose columns are all different make no table of every one by every other`() async throws {
    let rows = (0..<100).map { row in Dictionary(uniqueKeysWithValues: (0..<300).map { ("r\(row)c\($0)", $0) }) }
    let shown = try await preview(rows, limit: 100)
    #expect(shown.columns.count == PreviewLimits.columns)
    #expect(shown.rows.count == 100 && shown.isTruncated)
    #expect(shown.rows.allSatisfy { $0.count == PreviewLimits.columns })
  }

  @Test func `a column's name is cut`() async throws {
    let shown = try await preview([[String(repeating: "n", count: 100_000): 1]])
    #expect(shown.columns.allSatisfy { $0.utf8.count <= PreviewLimits.nameBytes })
    #expect(shown.rows == [["1"]])
  }

  @Test func `what nests shows as one line, to a certain depth and length`() async throws {
    struct Nested: Codable, Sendable {
      var list: [Int?]
      var object: [String: [String]]
    }
    let flat = try await preview([Nested(list: [1, nil, 3], object: ["b": ["x"], "a": []])])
    #expect(flat.rows == [["[1, , 3]", "{a: [], b: [x]}"]])

    let deep = try await preview([Deep(depth: 200)])
    #expect(deep.rows[0][0].contains("[[[…]]]"))
    let wide = try await preview([[Array(repeating: 7, count: 100_000)]])
    #expect(wide.rows[0][0].utf8.count <= PreviewLimits.cellBytes)
    #expect(wide.rows[0][0].hasPrefix("[[7, 7, "))
  }

  @Test(arguments: [-1, 0, Int.max])
  func `any limit is taken as one from none to the most rows`(_ limit: Int) async throws {
    let shown = try await preview(Array(0..<1_500), limit: limit)
    #expect(shown.rows.count == (limit > 0 ? PreviewLimits.rows : 0) && shown.isTruncated)
  }

  @Test func `a table of comma-separated values shows its cells as they are`() async throws {
    let home = FileManager.default.temporaryDirectory.appending(path: "preview-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: home) }
    let files = FileIOManager(root: home, format: .csv)
    let definitions = Definitions { Asset("team/rows") { _ in [1] } }
    let location = try LoadedLocation(name: "team", definitions: definitions, configuration: Configuration(), storage: files)
    let version = VersionID(incarnation: Incarnation(7), asset: try AssetKey("team/any"), partition: .only, number: 1)
    let staged = try await files.stage([Row(name: "a,b", number: 1), Row(name: "", number: 2)], as: version)
    let shown = try await location.preview(PinnedVersion(version: version, locator: staged.locator), limit: 5)
    #expect(shown == VersionPreview(columns: ["name", "number"], rows: [["a,b", "1"], ["", "2"]], isTruncated: false))
  }
}

/// Lists in lists.
private struct Deep: Codable, Sendable {
  var depth: Int

  init(depth: Int) { self.depth = depth }
  init(from decoder: any Decoder) throws { depth = 0 }

  func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    if depth > 0 { try list.encode(Deep(depth: depth - 1)) }
  }
}
