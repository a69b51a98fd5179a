// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import TeamsShared
import Testing

@Suite("The data folder")
struct DataFolderTests {
  /// A folder of its own for one test.
  static func temporaryFolder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "nycflights-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  @Test("is the project's own by default, and holds every flight of the year in compressed months")
  func everyFlight() throws {
    let folder = try DataFolder.located(by: Configuration())
    let months = (1...12).map { $0 < 10 ? "0\($0)" : "\($0)" }
    let rows = try months.map { try folder.table("flights-2013-\($0).csv.gz").rows().count }
    #expect(rows.reduce(0, +) == 336_776)
    #expect(rows[1] == 24_951)
  }

  @Test("reads files that are not compressed alike")
  func plainFile() throws {
    let names: [String] = try DataFolder.located(by: Configuration()).table("airlines.csv").rows().map { try $0.required("name") }
    #expect(names.count == 16)
    #expect(names.first == "Endeavor Air Inc.")
  }

  @Test("is where the environment says; when that is no folder, the error names the path and the mend")
  func environment() throws {
    let url = try Self.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: url) }
    #expect(try DataFolder.located(by: Configuration(["NYCFLIGHTS_DATA": url.path])).url.path == url.path)

    let wrong = Configuration(["NYCFLIGHTS_DATA": "/no/such/folder"])
    let error = #expect(throws: DataError.self) { try DataFolder.located(by: wrong) }
    #expect(error?.description.hasPrefix("/no/such/folder is no folder: set NYCFLIGHTS_DATA") == true)
  }

  @Test("says when a compressed file is cut off, damaged or missing")
  func damagedFiles() throws {
    let url = try Self.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: url) }
    var packed = try Data(contentsOf: DataFolder.located(by: Configuration()).url.appending(path: "flights-2013-02.csv.gz"))
    try packed.prefix(packed.count / 2).write(to: url.appending(path: "short.csv.gz"))
    for index in 1000..<1100 { packed[index] ^= 0xff }
    try packed.write(to: url.appending(path: "damaged.csv.gz"))

    let folder = try DataFolder(url)
    func problem(_ file: String) -> String { #expect(throws: DataError.self) { try folder.table(file) }?.description ?? "" }
    #expect(problem("short.csv.gz").contains("is cut off before its end"))
    #expect(problem("damaged.csv.gz").contains("is damaged"))
    #expect(problem("none.csv.gz").contains("cannot be found"))
  }

  @Test("reads a file anew after it was replaced")
  func replacedFile() throws {
    let url = try Self.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: url) }
    let folder = try DataFolder(url)
    let file = url.appending(path: "a.csv")
    try Data("a\n1\n".utf8).write(to: file)
    #expect(try folder.table("a.csv").rows().count == 1)
    try Data("a\n1\n2\n".utf8).write(to: file)
    #expect(try folder.table("a.csv").rows().count == 2)
  }
}
