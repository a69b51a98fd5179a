// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Synchronization
import Testing

/// Bytes that are made to trap or bloat who decodes them.
@Suite(.serialized, .timeLimit(.minutes(10))) struct `Hostile bytes` {
  private let directory: TemporaryDirectory
  private let loader: FileLoader

  init() throws {
    directory = try TemporaryDirectory()
    loader = FileLoader(roots: [directory.path])
  }

  private func error<Value: Codable & Sendable>(_ text: String, _ format: String, as type: Value.Type) async throws -> InputError?
  {
    await loader.refusal(type, of: try directory.locator("data", text.utf8, format: format))
  }

  /// Recurses as deep as the text does.
  private indirect enum Tree: Codable, Sendable {
    case leaf
    case node([Tree])

    init(from decoder: any Decoder) throws {
      guard var elements = try? decoder.unkeyedContainer() else {
        self = .leaf
        return
      }
      var trees: [Tree] = []
      while !elements.isAtEnd { trees.append(try elements.decode(Tree.self)) }
      self = .node(trees)
    }

    func encode(to encoder: any Encoder) throws {}
  }

  private func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }

  @Test(arguments: [257, 1_000, 100_000])
  func `nested deep overflow no stack`(_ depth: Int) async throws {
    let document = try #require(try await error(nested(depth), "json/1", as: Tree.self))
    #expect(document.description.contains("it nests deeper than 256 levels (jsonDepth)"))
    let rows = try #require(try await error("1\n\(nested(depth))\n", "jsonl/1", as: [Tree].self))
    #expect(rows.description.contains("data:2: it nests deeper than 256 levels (jsonDepth)"))
    let objects = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    #expect(try await error(objects, "json/1", as: Tree.self) != nil)
    let wide = try #require(nested(depth).data(using: .utf16))
    #expect(await loader.refusal(Tree.self, of: try directory.locator("data", wide, format: "json/1")) != nil)
  }

  @Test func `nested as deep as the limit, or in text alone, are read`() async throws {
    #expect(try await error(nested(256), "json/1", as: Tree.self) == nil)
    #expect(try await error("[\"\\\"\(nested(1_000))\\\\\",\"{\"]", "json/1", as: [String].self) == nil)
    #expect(try await error(String(repeating: "[]\n", count: 1_000), "jsonl/1", as: [Tree].self) == nil)
  }

  @Test(arguments: ["jsonl/1", "csv/1"])
  func `without an end of a row stop at the limit of a row`(_ format: String) async throws {
    try directory.makeSparse("data", bytes: 1 << 30)
    let locator = directory.locator(of: "data", format: format)
    let error = await loader.refusal(of: locator)
    #expect(try #require(error).description.contains("is longer than 16777216 bytes (rowBytes)"))
  }

  @Test func `of a table with a great many columns stop at the limit of columns`() async throws {
    let header = (0..<20_000).map { "c\($0)" }.joined(separator: ",")
    for text in [
      "\(header)\n", "origin,hour\n" + String(repeating: ",", count: 20_000), String(repeating: "\"\",", count: 20_000),
    ] {
      let found = try #require(try await error(text, "csv/1", as: [Reading].self))
      #expect(found.description.contains("has more than 16384 fields (csvColumns)"))
    }
  }

  @Test(arguments: [
    "1e999999", "-1e999999", "1e-999999", "1E+99999999999999999999", "9e18446744073709551616",
    "99999999999999999999999999999999999999999",
    "-170141183460469231731687303715884105729", "NaN", "Infinity", "-", "0x10", "1_0", "", "1.5", "-0", "00",
    String(repeating: "9", count: 10_000),
  ])
  func `that are no fitting numbers are an error or a number, never a trap`(_ text: String) async throws {
    struct Numbers: Codable, Sendable {
      var int: Int?
      var byte: UInt8?
      var wide: Int128?
      var float: Float?
      var double: Double?
      var decimal: Decimal?
      var flag: Bool?
      var date: Date?
    }
    for field in ["int", "byte", "wide", "float", "double", "decimal", "flag", "date"] {
      for json in ["{\"\(field)\":\(text)}", "{\"\(field)\":\"\(text)\"}"] {
        if let found = try await error(json + "\n", "jsonl/1", as: [Numbers].self) {
          #expect(found.description.utf8.count < 20_000)
        }
        _ = try await error(json, "json/1", as: Numbers.self)
      }
      if let found = try await error("\(field)\n\(text)\n", "csv/1", as: [Numbers].self) {
        #expect(found.description.utf8.count < 2_000)
      }
    }
  }

  @Test(arguments: [
    "999999999-01-01T00:00:00Z", "2013-99-99T99:99:99Z", "2013-01-01T00:00:00.Z", "2013-01-01T00:00:00+99:99", ".", "Z",
    "0000-00-00T00:00:00Z",
    "2013-01-01T00:00:00." + String(repeating: "9", count: 10_000) + "Z",
    "2013-01-01T00:00:00.5" + String(repeating: "\u{301}", count: 2_000),
  ])
  func `that are no dates are an error that quotes little of them`(_ text: String) async throws {
    struct Dated: Codable, Sendable { let date: Date }
    for (bytes, format) in [("{\"date\":\"\(text)\"}\n", "jsonl/1"), ("date\n\(text)\n", "csv/1")] {
      if let found = try await error(bytes, format, as: [Dated].self) { #expect(found.description.utf8.count < 1_000) }
    }
  }

  @Test(arguments: [Date.distantPast, .distantFuture])
  func `of a distant date are written and read`(_ date: Date) async throws {
    let storage = InMemoryIOManager()
    let staged = try await storage.stage([date], as: version(1))
    #expect(try await storage.load([Date].self, from: staged.locator) == [date])
  }

  @Test(arguments: [-1e300, 1e300, -.infinity, .infinity, .nan, 253_402_300_800])
  func `of a date beyond all calendars are refused without a trap`(_ seconds: Double) async throws {
    let storage = InMemoryIOManager()
    let date = Date(timeIntervalSince1970: seconds)
    await #expect(throws: OutputError("row 1: the date is not of the years 0 to 9999")) {
      try await storage.stage([date], as: version(1))
    }
    await #expect(throws: OutputError("the date is not of the years 0 to 9999")) { try await storage.stage(date, as: version(2)) }
  }

  @Test func `that are quoted in an error are cut`() async throws {
    let accents = "e" + String(repeating: "\u{301}", count: 2_000)
    struct Numbered: Codable, Sendable { let number: Int }
    for text in ["number\n\(accents)\n", "\(accents),\(accents)\n"] {
      #expect(try #require(try await error(text, "csv/1", as: [Numbered].self)).description.utf8.count < 1_000)
    }
  }

  /// One letter and marks of two classes, which canonical form puts in order: comparing a megabyte of them takes minutes.
  private func mixed(_ marks: Int) -> String {
    "a" + String(repeating: "\u{315}", count: marks - marks / 2) + String(repeating: "\u{316}", count: marks / 2)
  }

  @Test func `with texts that take long to compare are refused before they are compared`() async throws {
    let marks = mixed(2_000_000)
    let escaped = String(repeating: "\\u0315", count: 200_000) + String(repeating: "\\u0316", count: 200_000)
    for (text, format, place) in [
      ("\(marks)\n1\n", "csv/1", "data:1"), ("origin,\"\(marks)\"\n1,2\n", "csv/1", "data:1"),
      ("origin,hour\nJFK,1\n\(marks),2\n", "csv/1", "data:3"), ("{\"\(marks)\":1}\n", "jsonl/1", "data:1"),
      ("{\"origin\":\"JFK\",\"hour\":1}\n{\"a\(escaped)\":1}\n", "jsonl/1", "data:2"), ("[{\"\(marks)\":1}]", "json/1", "data"),
    ] {
      let found = try #require(try await error(text, format, as: [Reading].self))
      #expect(found.description.contains(place) && found.description.contains("256 combining marks in a row (combiningMarks)"))
      #expect(found.description.utf8.count < 1_000)
    }
    #expect(try await error("origin,hour\n\(mixed(256)),2\n", "csv/1", as: [Reading].self) == nil)
    #expect(try await error("{\"origin\":\"\(mixed(256))\",\"hour\":1}\n", "jsonl/1", as: [Reading].self) == nil)
  }

  @Test(arguments: [FileFormat.jsonLines, .csv])
  func `that no reader would take are not written`(_ format: FileFormat) async throws {
    let storage = FileIOManager(root: "\(directory.path)/\(format.rawValue)", format: format)
    let rows = [Reading(origin: "JFK", hour: 1, gust: nil), Reading(origin: mixed(257), hour: 1, gust: nil)]
    let error = await #expect(throws: OutputError.self) { try await storage.stage(rows, as: version(1)) }
    #expect(error?.description.contains("row 2: ") == true && error?.description.contains("(combiningMarks)") == true)
    await #expect(throws: OutputError.self) { try await storage.stage([mixed(257): 1], as: version(2)) }
  }

  @Test(arguments: [String.Encoding.utf16BigEndian, .utf16LittleEndian, .utf16, .utf32LittleEndian, .utf32BigEndian])
  func `that are not in UTF-8 are refused: their depth would not show`(_ encoding: String.Encoding) async throws {
    // A quote in a text flips what a scanner of bytes takes for text.
    let text = "[\"\u{2200}\", \(nested(10))]"
    let document = try directory.locator("data", try #require(text.data(using: encoding)), format: "json/1")
    let found = try #require(await loader.refusal(Tree.self, of: document))
    #expect(found.description.contains("it is not in UTF-8"))
  }

  @Test func `that are few, and many rows, are refused where the rows are too large for an array`() async throws {
    struct Wide: Codable { var a, b, c, d: Int? }
    final class Endless: RowCursor, Sendable {
      let given = Mutex(0)
      func next<Row: Decodable>(as type: Row.Type) throws -> Row? {
        given.withLock { $0 += 1 }
        return try JSONDecoder().decode(type, from: Data("{}".utf8))
      }
    }
    let cursor = Endless()
    let stored = StoredRows(at: "place", arrayBytes: 100 * MemoryLayout<Wide>.stride) { cursor }
    let found = await #expect(throws: InputError.self) { try await [Wide].reading(stored) }
    #expect(cursor.given.withLock { $0 } == 101)
    #expect(found?.description.hasPrefix("place:101: ") == true && found?.description.contains("(arrayBytes)") == true)
  }

  @Test func `of a document beyond the limit are refused when they are written, too`() async throws {
    let error = await #expect(throws: OutputError.self) {
      try await InMemoryIOManager().stage(String(repeating: "x", count: 64 << 20), as: version(1))
    }
    #expect(error?.description.contains("(documentBytes): make it an array of rows, or Rows") == true)
  }

  @Test(arguments: 0..<5)
  func `that are honest come back as they were, in every format and by every way of reading`(_ round: Int) async throws {
    var random = SystemRandomNumberGenerator()
    let texts = ["", "JFK", "a,b", "say \"hi\"", "two\nlines", "\\", "ü😀\u{301}", "[[[{{{", "\u{1}"]
    let rows = (0..<Int.random(in: 0...50, using: &random)).map { _ in
      Reading(
        origin: texts.randomElement(using: &random) ?? "", hour: Int.random(in: .min ... .max, using: &random),
        gust: Bool.random(using: &random) ? Double.random(in: -1e6...1e6, using: &random) : nil)
    }
    for format in [FileFormat.jsonLines, .csv] {
      let storage = FileIOManager(root: "\(directory.path)/\(format.rawValue)", format: format)
      let staged = try await storage.stage(rows, as: version(1)).locator
      #expect(try await storage.load([Reading].self, from: staged) == rows, "\(rows)")
      let lazy = try await storage.load(Rows<Reading>.self, from: staged)
      for _ in 0..<2 { #expect(try await lazy.collected() == rows, "\(rows)") }
      let document = try await storage.stage(["rows": rows], as: version(2)).locator
      #expect(try await storage.load([String: [Reading]].self, from: document) == ["rows": rows], "\(rows)")
    }
  }
}
