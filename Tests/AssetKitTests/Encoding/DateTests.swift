// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Testing

@Suite struct `Dates in storage` {
  private struct Dated: Codable, Sendable { let at: Date }

  /// What a text in a row of JSON and in one of CSV is read as; nil where both are refused.
  private func read(_ text: String) async throws -> Date? {
    let directory = try TemporaryDirectory()
    let loader = FileLoader(roots: [directory.path])
    let json = try directory.locator("data.json", "{\"at\":\"\(text)\"}\n".utf8, format: "jsonl/1")
    let csv = try directory.locator("data.csv", "at\n\(text)\n".utf8, format: "csv/1")
    let found = (
      try? await loader.load([Dated].self, from: json).first?.at, try? await loader.load([Dated].self, from: csv).first?.at
    )
    #expect(found.0 == found.1)
    return found.0
  }

  @Test(arguments: [
    Date.distantPast, .distantFuture, Date(timeIntervalSince1970: -14_831_769_600), Date(timeIntervalSince1970: -12_219_292_801),
    Date(timeIntervalSince1970: -12_219_292_800), Date(timeIntervalSince1970: -0.5), Date(timeIntervalSince1970: 0),
    Date(timeIntervalSince1970: 1_383_458_400.125),
  ])
  func `come back as they were, also from before the calendar was changed`(_ date: Date) async throws {
    let directory = try TemporaryDirectory()
    for format in [FileFormat.jsonLines, .csv] {
      let storage = FileIOManager(root: directory.path, format: format)
      let id = try version(format == .csv ? 1 : 2)
      let staged = try await storage.stage([Dated(at: date)], as: id)
      #expect(try await storage.load([Dated].self, from: staged.locator).map(\.at) == [date])
    }
  }

  @Test(arguments: [
    ("2013-11-03T06:00:00Z", 1_383_458_400), ("2013-11-03t06:00:00z", 1_383_458_400),
    ("2013-11-03T01:00:00-05:00", 1_383_458_400),
    ("2013-11-03T11:30:00+0530", 1_383_458_400), ("2013-11-03T07:00:00+01", 1_383_458_400),
    ("2013-11-03T06:00:00.25Z", 1_383_458_400.25), ("1500-01-01T00:00:00Z", -14_831_769_600),
    ("0001-01-01T00:00:00Z", -62_135_596_800),
    ("0000-12-31T00:00:00Z", -62_135_683_200),
  ])
  func `are read in ISO 8601`(_ text: String, _ seconds: Double) async throws {
    #expect(try await read(text) == Date(timeIntervalSince1970: seconds))
  }

  @Test(arguments: [
    "0.-1-01T5:0:00Z", "0-1-01T5:0:00Z", "1-1-1T0:0:0Z", "2013-02-29T00:00:00Z", "2013-11-03", "2013-11-03T06:00:00",
    "2013-11-03T06:00Z", "2013-11-03T24:00:00Z", "2013-11-03T06:60:00Z", "2013-11-03T06:00:00.Z", "2013-11-03T06:00:00+24:00",
    "2013-11-03T06:00:00+1", "20130-11-03T06:00:00Z", "2013-11-03T06:00:00ZZ", "2013-11-03T06:00:00Z\u{301}",
  ])
  func `that are none, or may mean several, are refused`(_ text: String) async throws {
    #expect(try await read(text) == nil)
  }
}
