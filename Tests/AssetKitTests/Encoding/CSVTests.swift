// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Testing

@Suite struct `CSV` {
  enum Kind: String, Codable, Sendable { case jet, prop }

  struct Everything: Codable, Sendable, Equatable {
    var text = "plain"
    var optional: String?
    var number = -42
    var small: UInt8? = 7
    var float = 0.1 + 0.2
    var isTrue = true
    var date = Date(timeIntervalSince1970: 1_383_458_400.123456)
    var url = URL(string: "https://example.org/a?b=c,d")
    var decimal = Decimal(string: "12345678901234567890.123456789")
    var data = Data([0, 255])
    var id = UUID(uuidString: "E621E1F8-C36C-495A-93FC-0C247A3E6E5F")
    var kind = Kind.prop
    var partition: PartitionKey = "2013-11-03"
  }

  private let directory: TemporaryDirectory
  private let storage: FileIOManager

  init() throws {
    directory = try TemporaryDirectory()
    storage = FileIOManager(root: directory.path, format: .csv)
  }

  private func text(_ locator: Locator) throws -> String {
    try String(contentsOfFile: #require(URL(string: locator.uri)).path, encoding: .utf8)
  }

  private func read<Row: Codable & Sendable>(_ text: String, as type: Row.Type) async throws -> [Row] {
    let path = "\(directory.path)/input.csv"
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    return try await FileLoader(roots: [directory.path]).load(
      [Row].self, from: Locator(scheme: "file", uri: URL(fileURLWithPath: path).absoluteString, format: "csv/1"))
  }

  @Test(arguments: ["\"\u{5a4}", "a,\u{301}b", "\"\u{301}\"\"\u{301}", "\n\u{301}", "\r\n\u{301}x", "\u{301}"])
  func `gives back quotes, commas and line ends with marks behind them`(_ name: String) async throws {
    struct Named: Codable, Sendable, Equatable { let name: String }
    let rows = [Named(name: name), Named(name: "next")]
    let staged = try await storage.stage(rows, as: version(1))
    let again: [Named] = try await storage.load([Named].self, from: staged.locator)
    #expect(again.map { Array($0.name.utf8) } == rows.map { Array($0.name.utf8) })
  }

  @Test func `gives back every kind of field`() async throws {
    var odd = Everything()
    odd.text = ""
    odd.optional = ""
    odd.small = nil
    odd.float = .infinity
    odd.url = nil
    odd.kind = .jet
    let rows = [Everything(), odd]
    let staged = try await storage.stage(rows, as: version(1))
    #expect(try await storage.load([Everything].self, from: staged.locator) == rows)
  }

  @Test(arguments: [
    "a,b", "say \"hi\"", "two\nlines", "two\r\nlines", "\r", " spaces ", "", "\"", "ü😀,\u{301}", "'", ",,\n\n\"\"",
  ])
  func `gives back any text`(_ text: String) async throws {
    let rows = [Reading(origin: text, hour: 1), Reading(origin: "x\(text)", hour: 2)]
    let staged = try await storage.stage(rows, as: version(1))
    #expect(try await storage.load([Reading].self, from: staged.locator) == rows)
  }

  @Test func `writes a header, nil as nothing and the empty text in quotes`() async throws {
    let staged = try await storage.stage(
      [Reading(origin: "", hour: 1), Reading(origin: "J\"F", hour: 2, gust: 1.5)], as: version(1))
    #expect(try text(staged.locator) == "origin,hour,gust\r\n\"\",1,\r\n\"J\"\"F\",2,1.5\r\n")
  }

  @Test func `writes and reads no rows at all`() async throws {
    let staged = try await storage.stage([Reading](), as: version(1))
    #expect(try text(staged.locator) == "")
    #expect(try await storage.load([Reading].self, from: staged.locator) == [])
  }

  @Test func `reads what others write: other orders, more columns, bare newlines, blank lines, no last newline`() async throws {
    let found = try await read("hour,extra,gust,origin\n1,x,,JFK\n\n2,\"y,\n\",3.5,\"EWR\"", as: Reading.self)
    #expect(found == [Reading(origin: "JFK", hour: 1), Reading(origin: "EWR", hour: 2, gust: 3.5)])
  }

  @Test(arguments: [
    ("origin,hour\nJFK,one\n", "2: field 'hour' is no Int: found 'one'"),
    ("origin,hour\nJFK,\n", "2: field 'hour' is null, not a Int"),
    ("origin\nJFK\n", "2: field 'hour' is missing"),
    ("origin,hour\n\"a\nb\",1\nJFK,x\n", "4: field 'hour' is no Int: found 'x'"),
    ("origin,hour\nJFK,1,2\n", "2: the row has 3 fields, and the header 2"),
    ("origin,hour\n\"JFK\"x,1\n", "2: the row has text after a quoted field: double the quotes inside"),
    ("origin,hour\nJ\"FK,1\n", "2: the row has a quote inside an unquoted field: quote the field and double the quote"),
    ("origin,hour\n\"JFK,1\n", "2: the row has a quoted field without an end"),
    ("hour,hour\n1,1\n", "1: the row is a header that names column 'hour' twice"),
  ])
  func `names line and field where a row cannot be read`(_ text: String, _ message: String) async throws {
    let error = await #expect(throws: InputError.self) { try await read(text, as: Reading.self) }
    #expect(error?.description == "\(directory.path)/input.csv:\(message)")
  }

  @Test func `refuses nested rows, naming the field`() async throws {
    struct Nested: Codable, Sendable {
      let name: String
      let inner: Reading
    }
    struct Listed: Codable, Sendable { let hours: [Int] }
    let nested = await #expect(throws: OutputError.self) {
      try await storage.stage([Nested(name: "a", inner: Reading(origin: "JFK", hour: 1))], as: version(1))
    }
    #expect(
      nested?.description == "row 1: field 'inner': it is nested, and CSV stores flat rows: store it as JSON Lines, or flatten it"
    )
    let listed = await #expect(throws: OutputError.self) { try await storage.stage([Listed(hours: [1])], as: version(1)) }
    #expect(listed?.description.contains("field 'hours'") == true)
    let bare = await #expect(throws: OutputError.self) { try await storage.stage([1, 2], as: version(1)) }
    #expect(bare?.description.hasPrefix("row 1: ") == true)
  }

  @Test func `reads a table of many rows from a stream of chunks`() async throws {
    let rows = (0..<5_000).map { Reading(origin: "row \($0), \"quoted\"\nand broken", hour: $0, gust: Double($0) / 7) }
    let staged = try await storage.stage(rows, as: version(1))
    #expect(try await storage.load([Reading].self, from: staged.locator) == rows)
  }
}

@Suite struct `JSON` {
  @Test func `gives back dates, and numbers that JSON does not have`() async throws {
    struct Odd: Codable, Sendable, Equatable {
      var date = Date(timeIntervalSince1970: 1_383_458_400.5)
      var big = Double.infinity
      var path = "a/b"
    }
    let storage = InMemoryIOManager()
    let staged = try await storage.stage([Odd()], as: version(1))
    #expect(try await storage.load([Odd].self, from: staged.locator) == [Odd()])
  }

  @Test func `says when rows are read as a document, and the reverse`() async throws {
    let storage = InMemoryIOManager()
    let rows = try await storage.stage([1, 2], as: version(1))
    let error = await #expect(throws: InputError.self) { try await storage.load(Int.self, from: rows.locator) }
    #expect(error?.description.contains("holds rows (jsonl/1), and cannot be read as Int") == true)
    let document = try await storage.stage(Set([1]), as: version(2))
    #expect(try await storage.load([Int].self, from: document.locator) == [1])
    await #expect(throws: InputError.self) { try await storage.load(Rows<Int>.self, from: document.locator).collected() }
  }
}
