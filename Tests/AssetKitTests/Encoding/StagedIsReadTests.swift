// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import TestSupport
import Testing

/// Rows of one field that may be nil.
private struct One<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable { let value: Value? }

/// Rows of every kind of field that may be nil.
private struct Many: Codable, Sendable, Equatable {
  enum Kind: String, Codable, Sendable, CaseIterable { case jet, prop, empty }

  var text: String?
  var number: Int?
  var float: Double?
  var flag: Bool?
  var date: Date?
  var decimal: Decimal?
  var data: Data?
  var url: URL?
  var kind: Kind?
  var plain: String
}

/// The property that checks rest on: they see the value as it is read back.
@Suite struct `What is staged is what is read, or an error` {
  private static let texts = [
    "", " ", "a", "b", "null", "nil", "\"", "\"\"", ",", "\r", "\n", "\r\n", "\n\n", "\u{feff}", "\u{feff}a", "\u{0}",
    "\u{1b}[1m",
    "é",
    "e\u{301}", "\"\u{301}", ",\u{301}", "\n\u{301}", "\u{301}", "👩‍👩‍👧", "\u{2028}", "'", "\\", "a,b\"c\r\nd", "#", "=1+1", "0",
    "true", "-",
  ]
  private static let dates = [
    0, -0.5, 1_383_458_400.123456, -62_167_219_200, -62_167_219_201, 253_402_300_799.5, 253_402_300_800, 1e15, -1e15,
  ].map { Date(timeIntervalSince1970: $0) }

  private static func some<Value>(_ values: [Value], _ numbers: inout SplitMix) -> Value? {
    Int.random(in: 0..<4, using: &numbers) == 0 ? nil : values.randomElement(using: &numbers)
  }

  private static func rows<Row>(_ numbers: inout SplitMix, _ make: (inout SplitMix) -> Row) -> [Row] {
    (0..<Int.random(in: 0...5, using: &numbers)).map { _ in make(&numbers) }
  }

  private static func many(_ numbers: inout SplitMix) -> Many {
    Many(
      text: some(texts, &numbers), number: some([0, -1, .max, .min], &numbers),
      float: some([0, -0.0, 0.1, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude], &numbers),
      flag: some([true, false], &numbers), date: some(dates, &numbers),
      decimal: some([0, Decimal(string: "12345678901234567890.123456789") ?? 1, .nan], &numbers),
      data: some([Data(), Data([0]), Data([255, 44, 34])], &numbers),
      url: some(["a", "https://example.org/a?b=c,d", "file:///x%20y"].compactMap { URL(string: $0) }, &numbers),
      kind: some(Many.Kind.allCases, &numbers), plain: texts.randomElement(using: &numbers) ?? "")
  }

  /// - Returns: whether it was stored.
  private func check<Row: Codable & Sendable & Equatable>(
    _ rows: [Row], in storage: any IOManager, _ number: inout VersionNumber, _ seed: UInt64
  ) async throws -> Bool {
    number += 1
    let staged: StagedVersion
    do { staged = try await storage.stage(rows, as: version(number)) } catch is OutputError { return false }
    let read = try await storage.load([Row].self, from: staged.locator)
    #expect(read == rows, "seed \(seed)")
    #expect(staged.metadata["rows"] == .int(Int64(rows.count)), "seed \(seed)")
    return true
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `of every shape`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: try TemporaryDirectory())
    var number: VersionNumber = 0
    var stored = 0
    for seed in UInt64(1)...150 {
      var numbers = SplitMix(seed: seed)
      let outcomes = [
        try await check(Self.rows(&numbers) { One(value: Self.some(Self.texts, &$0)) }, in: storage, &number, seed),
        try await check(Self.rows(&numbers) { One(value: Self.some([0, -7], &$0)) }, in: storage, &number, seed),
        try await check(Self.rows(&numbers) { One(value: Self.some(Self.dates, &$0)) }, in: storage, &number, seed),
        try await check(Self.rows(&numbers) { One(value: Self.some([Data(), Data([1])], &$0)) }, in: storage, &number, seed),
        try await check(Self.rows(&numbers) { One(value: Self.some([[1], []], &$0)) }, in: storage, &number, seed),
        try await check(Self.rows(&numbers, Self.many), in: storage, &number, seed),
        try await check(
          Self.rows(&numbers) { numbers in
            Dictionary(uniqueKeysWithValues: Self.rows(&numbers) { $0.next() % 4 }.uniqued().map { ("k\($0)", "v\($0 % 2)") })
          }, in: storage, &number, seed),
        try await check(Self.rows(&numbers) { Self.some(Self.texts, &$0) }, in: storage, &number, seed),
      ]
      stored += outcomes.count { $0 }
    }
    #expect(stored > 300, "most shapes can be stored")
  }

  @Test(arguments: [FileFormat.csv, .jsonLines])
  func `of one column that may be nil, in files, too`(_ format: FileFormat) async throws {
    let directory = try TemporaryDirectory()
    let storage = FileIOManager(root: directory.path, format: format)
    for (number, rows) in [["a", nil, "b"], [nil], [nil, nil, ""], ["", nil], [nil, "\n", nil]].enumerated() {
      let all = rows.map { One<String>(value: $0) }
      let staged = try await storage.stage(all, as: version(VersionNumber(number + 1)))
      #expect(try await storage.load([One<String>].self, from: staged.locator) == all)
    }
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `a Decimal that is no number is refused, and the word is a text as any other`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: try TemporaryDirectory())
    await #expect(throws: OutputError.self) { try await storage.stage([One<Decimal>(value: .nan)], as: version(1)) }
    let rows = ["NaN", ":NaN,", "\"NaN"].map { One<String>(value: $0) }
    let staged = try await storage.stage(rows, as: version(2))
    #expect(try await storage.load([One<String>].self, from: staged.locator) == rows)
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `a date that no text can hold is refused by its field`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: try TemporaryDirectory())
    let error = await #expect(throws: OutputError.self) {
      try await storage.stage([One(value: Date(timeIntervalSince1970: 1e15))], as: version(1))
    }
    #expect(error?.description == "row 1: field 'value': the date is not of the years 0 to 9999")
  }
}

extension Sequence where Element: Hashable {
  fileprivate func uniqued() -> [Element] { Array(Set(self)).sorted { "\($0)" < "\($1)" } }
}
