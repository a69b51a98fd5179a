// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Testing

@Suite struct MetadataValueTests {
  private static let every: [MetadataValue] = [
    .int(.min), .float(2.5), .text("t"), .url("https://example.com"), .path("/tmp/x"), .json("{}"), .markdown("**b**"),
    .table(MetadataTable(columns: ["a", "b"], rows: [["1", "2"]])), .timestamp(Timestamp(microseconds: -1)),
    .items([.int(1), .text("x")]),
  ]

  @Test("Every kind of value survives encoding", arguments: every)
  func encodes(value: MetadataValue) throws {
    #expect(try throughJSON(value) == value)
  }

  @Test("The encoded form is a type and a value")
  func form() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func text(_ value: MetadataValue) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
    #expect(try text(3) == #"{"type":"int","value":3}"#)
    #expect(try text(.timestamp(Timestamp(seconds: 1))) == #"{"type":"timestamp","value":1000000}"#)
    #expect(try text(.list(["a"])) == #"{"type":"list","value":[{"type":"text","value":"a"}]}"#)
  }

  @Test("A float that JSON has no number for is written as text", arguments: [Double.infinity, -.infinity])
  func infinities(value: Double) throws {
    #expect(try throughJSON(MetadataValue.float(value)) == .float(value))
  }

  @Test("A value that is not a number is written as text, too")
  func notANumber() throws {
    guard case .float(let number) = try throughJSON(MetadataValue.float(.nan)) else {
      Issue.record("it is no float any more")
      return
    }
    #expect(number.isNaN)
  }

  @Test("An unknown type is refused by name")
  func refusesUnknown() {
    let error = #expect(throws: DecodingError.self) { try decode(MetadataValue.self, from: ["type": "blob", "value": "x"]) }
    #expect(error.map { "\($0)".contains("unknown metadata type 'blob'") } == true)
  }

  @Test("A table's rows are as wide as its columns, also when decoded")
  func tableWidth() throws {
    let table = MetadataTable(columns: ["a", "b"], rows: [["1"], ["1", "2", "3"]])
    #expect(table.rows == [["1", ""], ["1", "2"]])
    struct Ragged: Encodable {
      let columns = ["a", "b"]
      let rows = [["1"]]
    }
    #expect(try decode(MetadataTable.self, from: Ragged()).rows == [["1", ""]])
  }

  @Test("Literals and lists of anything that describes itself are values")
  func literals() {
    let metadata: Metadata = ["rows": 3, "share": 0.5, "note": "fine", "hours": .list([1, 2])]
    #expect(metadata["rows"] == .int(3))
    #expect(metadata["share"] == .float(0.5))
    #expect(metadata["note"] == .text("fine"))
    #expect(metadata["hours"] == .items([.text("1"), .text("2")]))
  }

  @Test("A value is written for people on one line")
  func describes() {
    #expect(Self.every.map(\.description)[7] == "table of 1 rows (a, b)")
    #expect(MetadataValue.items([.int(1), .text("x")]).description == "1, x")
    #expect(MetadataValue.timestamp(Timestamp(seconds: 0)).description == "1970-01-01T00:00:00.000Z")
  }
}
