// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Testing

/// That a reader gets the bytes that were checked, or an error (semantics 22).
@Suite(.serialized, .timeLimit(.minutes(10))) struct `What a locator says of its bytes` {
  private let directory: TemporaryDirectory
  private let loader: FileLoader
  private static let text = (0..<4_000).map { "{\"hour\":\($0),\"origin\":\"JFK\"}\n" }.joined()

  init() throws {
    directory = try TemporaryDirectory()
    loader = FileLoader(roots: [directory.path])
  }

  /// As long as the original, and as well formed.
  private static let swapped = text.replacing("JFK", with: "EWR")

  @Test(arguments: ["json/1", "jsonl/1", "csv/1"])
  func `is compared before a value is handed out`(_ format: String) async throws {
    let (honest, other) =
      switch format {
      case "json/1": ("{\"hour\":1,\"origin\":\"JFK\"}", "{\"hour\":1,\"origin\":\"EWR\"}")
      case "csv/1": ("hour,origin\n1,JFK\n", "hour,origin\n1,EWR\n")
      default: ("{\"hour\":1,\"origin\":\"JFK\"}\n", "{\"hour\":1,\"origin\":\"EWR\"}\n")
      }
    let locator = try directory.locator("data", honest.utf8, format: format)
    _ = try directory.locator("data", other.utf8, format: format)
    let error =
      format == "json/1" ? await loader.refusal(Reading.self, of: locator) : await loader.refusal([Reading].self, of: locator)
    #expect(try #require(error).description.contains("the file was changed after it was staged"))
    #expect(error?.isRetryable == false)
    #expect(error?.description.contains(try #require(locator.contentHash)) == true)
    if format == "json/1" { return }
    await #expect(throws: InputError.self) { try await loader.load(Rows<Reading>.self, from: locator) }
  }

  @Test func `is compared before the first row of lazy rows is handed out, and before the step begins`() async throws {
    let locator = try directory.locator("data", Self.text.utf8, format: "jsonl/1")
    _ = try directory.locator("data", Self.swapped.utf8, format: "jsonl/1")
    let error = await #expect(throws: InputError.self) { try await loader.load(Rows<Reading>.self, from: locator) }
    #expect(error?.description.contains("content hash") == true)
  }

  @Test func `is compared again for each iteration: another file under the name is found out before its first row`() async throws
  {
    let locator = try directory.locator("data", Self.text.utf8, format: "jsonl/1")
    let rows = try await loader.load(Rows<Reading>.self, from: locator)
    #expect(try await rows.collected().count == 4_000)
    try FileManager.default.removeItem(atPath: "\(directory.path)/data")
    _ = try directory.locator("data", Self.swapped.utf8, format: "jsonl/1")
    var iterator = rows.makeAsyncIterator()
    await #expect(throws: InputError.self) { try await iterator.next() }
    // The same bytes again, in another file, are the version that was checked.
    _ = try directory.locator("data", Self.text.utf8, format: "jsonl/1")
    #expect(try await rows.collected().count == 4_000)
  }

  @Test func `is compared at the end of lazy rows: a change on the way ends them with an error`() async throws {
    let locator = try directory.locator("data", Self.text.utf8, format: "jsonl/1")
    var iterator = try await loader.load(Rows<Reading>.self, from: locator).makeAsyncIterator()
    #expect(try await iterator.next()?.origin == "JFK")
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(directory.path)/data"))
    try file.write(contentsOf: Data(Self.swapped.utf8))
    try file.close()
    await #expect(throws: InputError.self) { while try await iterator.next() != nil {} }
  }

  @Test func `finds out a file that grows or shrinks while it is read`() async throws {
    for isGrowing in [true, false] {
      for isHashed in [true, false] {
        let locator = try directory.locator("data", Self.text.utf8, format: "jsonl/1", isHashed: isHashed)
        var iterator = try await loader.load(Rows<Reading>.self, from: locator).makeAsyncIterator()
        #expect(try await iterator.next()?.hour == 0)
        if isGrowing {
          try directory.append("{\"hour\":1,\"origin\":\"EWR\"}\n", to: "data")
        } else {
          // Between two rows, so that what is left is well formed.
          truncate("\(directory.path)/data", off_t(Self.text.utf8.count / 2))
        }
        let error = await #expect(throws: InputError.self) { while try await iterator.next() != nil {} }
        #expect(error?.description.contains("has changed since") == true, "\(error as Any)")
      }
    }
  }

  @Test func `compares the size before anything is read`() async throws {
    let locator = try directory.locator("data", Self.text.utf8, format: "jsonl/1")
    try directory.append("\n", to: "data")
    let error = try #require(await loader.refusal(of: locator))
    #expect(error.description.hasSuffix("the file was changed") && error.description.contains("and the version has"))
  }

  @Test func `may leave out the hash, or the size, and is then not compared`() async throws {
    let hashless = try directory.locator("data", Self.text.utf8, format: "jsonl/1", isHashed: false)
    #expect(try await loader.load([Reading].self, from: hashless).count == 4_000)
    let bare = directory.locator(of: "data", format: "jsonl/1")
    #expect(try await loader.load(Rows<Reading>.self, from: bare).collected().count == 4_000)
  }

  @Test(arguments: [
    "md5:d41d8cd98f00b204e9800998ecf8427e", "SHA256:00", "", "sha256", "sha512:" + String(repeating: "0", count: 128),
    "blake3:\u{1B}[2J",
  ])
  func `may not name an algorithm that the reader does not know`(_ hash: String) async throws {
    _ = try directory.locator("data", Self.text.utf8, format: "jsonl/1")
    let error = try #require(await loader.refusal(of: directory.locator(of: "data", format: "jsonl/1", hash: hash)))
    #expect(error.description.contains("of an algorithm that this reader does not know: it knows sha256"))
    #expect(!error.isRetryable && !error.description.contains("\u{1B}"))
  }

  @Test(arguments: [
    "sha256:", "sha256:00", "sha256:" + String(repeating: "g", count: 64), "sha256:" + String(repeating: "0", count: 65),
  ])
  func `may not hold a malformed hash`(_ hash: String) async throws {
    _ = try directory.locator("data", Self.text.utf8, format: "jsonl/1")
    let error = try #require(await loader.refusal(of: directory.locator(of: "data", format: "jsonl/1", hash: hash)))
    #expect(error.description.contains("is malformed: it is 'sha256:' and 64 hexadecimal digits"))
  }

  @Test func `may write its hash in capitals`() async throws {
    let locator = try directory.locator("data", Self.text.utf8, format: "jsonl/1")
    let digits = try #require(locator.contentHash?.dropFirst("sha256:".count)).uppercased()
    let shouted = directory.locator(of: "data", format: "jsonl/1", size: locator.size, hash: "sha256:\(digits)")
    #expect(try await loader.load([Reading].self, from: shouted).count == 4_000)
  }

  @Test(arguments: [40 << 30, nil] as [Int64?])
  func `may not make a document of 40 GB that takes no room`(_ size: Int64?) async throws {
    try directory.makeSparse("data", bytes: 40 << 30)
    let start = ContinuousClock.now
    let document = await loader.refusal(Reading.self, of: directory.locator(of: "data", format: "json/1", size: size))
    #expect(try #require(document).description.contains("(documentBytes)"))
    for format in ["json/1", "jsonl/1", "csv/1"] {
      let array = await loader.refusal([Reading].self, of: directory.locator(of: "data", format: format, size: size))
      #expect(try #require(array).description.contains(format == "json/1" ? "(documentBytes)" : "(arrayBytes)"))
    }
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  @Test func `ends a load that nobody waits for`() async throws {
    try directory.makeSparse("data", bytes: 400 << 30)
    let hash = "sha256:" + String(repeating: "0", count: 64)
    let locator = directory.locator(of: "data", format: "jsonl/1", size: 400 << 30, hash: hash)
    let load = Task { [loader] in try await loader.load(Rows<Reading>.self, from: locator) }
    load.cancel()
    await #expect(throws: CancellationError.self) { try await load.value }
  }

  @Test func `holds for the checks, which read the staged version back`() async throws {
    let storage = FileIOManager(root: directory.path)
    let swapping = Swapping(storage: storage)
    let location = try load(storage: swapping) {
      Asset("weather/a") { _ in [Reading(origin: "JFK", hour: 1)] }.check("is there") { rows, _ in
        rows.isEmpty ? .fail("none") : .pass
      }
    }
    let reports = try await location.materialize("weather/a")
    let evaluation = try #require(reports.checked("weather/a")?.first)
    #expect(evaluation.outcome == .errored)
    #expect(evaluation.message?.contains("the file was changed after it was staged") == true)
  }
}

/// Stores in files, and somebody swaps the data before the checks run.
private struct Swapping: IOManager {
  let storage: FileIOManager
  var scheme: String { storage.scheme }
  var formats: [String] { storage.formats }

  func output<Value: Codable & Sendable>(for type: Value.Type) -> OutputSpec { storage.output(for: type) }

  func stage<Value: Codable & Sendable>(_ value: Value, as version: VersionID) async throws -> StagedVersion {
    let staged = try await storage.stage(value, as: version)
    let path = try #require(URL(string: staged.locator.uri)).path
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try FileManager.default.removeItem(atPath: path)
    try text.replacing("JFK", with: "EWR").write(toFile: path, atomically: false, encoding: .utf8)
    return staged
  }

  func load<Value: Codable & Sendable>(_ type: Value.Type, from locator: Locator) async throws -> Value {
    try await storage.load(type, from: locator)
  }

  func promote(_ version: VersionID, at locator: Locator) async throws {}
  func reject(_ version: VersionID, at locator: Locator) async throws {}
  func discard(_ version: VersionID, at locator: Locator?) async throws {}
  func unsettled(of assets: [AssetKey]) async throws -> [VersionID] { [] }
  func current(of asset: AssetKey, partition: PartitionKey) async throws -> Locator? { nil }
}
