// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import Foundation

/// What a reader finds in another team's storage.
extension FuzzTarget {
  static var storage: [FuzzTarget] {
    [
      FuzzTarget(name: "csv") { rows($0, format: "csv/1", stored: .csv) },
      FuzzTarget(name: "json-lines") { rows($0, format: "jsonl/1", stored: .jsonLines) },
      FuzzTarget(name: "locator") { locator($0) },
    ]
  }

  private struct Row: Codable, Sendable, Hashable {
    let name: String
    let count: Int?
    let share: Double?
    let isGood: Bool?
    let at: Date?
  }

  private static let root = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-fuzz-\(getpid())")

  private static let version = VersionID(
    incarnation: FuzzSamples.incarnation, asset: FuzzSamples.key("up/a"), partition: .only, number: 1)

  /// Rows that are read are read again as they were, once they are stored.
  private static func rows(_ bytes: [UInt8], format: String, stored: FileFormat) {
    let manager = FileIOManager(root: root.path, format: stored)
    let file = root.appendingPathComponent("data")
    try? FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    guard (try? Data(bytes).write(to: file)) != nil else { return }
    let locator = Locator(scheme: "file", uri: file.absoluteString, format: format, size: Int64(bytes.count))
    guard let rows = waiting({ await load(locator, manager) }) else { return }
    let again: [Row]? = waiting {
      try? await manager.discard(version, at: nil)
      guard let staged = try? await manager.stage(rows, as: version) else { return nil }
      return await load(staged.locator, manager)
    }
    guard let again else { return expect(rows.isEmpty, "rows that were read can be stored and read again") }
    // NaN is not equal to itself, and dates are kept to the microsecond.
    expect(again.map(\.name) == rows.map(\.name) && again.map(\.count) == rows.map(\.count), "rows are the same once stored")
  }

  private static func load(_ locator: Locator, _ manager: FileIOManager) async -> [Row]? {
    do {
      return try await manager.load([Row].self, from: locator)
    } catch {
      expect(error is InputError, "a refusal is an InputError, not \(type(of: error)): \(error)")
      return nil
    }
  }

  /// A locator names a file of its version, or is refused; recording nothing touches nothing.
  private static func locator(_ bytes: [UInt8]) {
    let manager = FileIOManager(root: root.path)
    let uri = String(decoding: bytes, as: UTF8.self)
    waiting {
      do {
        try await manager.record([], for: version, at: Locator(scheme: "file", uri: uri, format: "jsonl/1"))
      } catch {
        expect(error is StorageError, "a refusal is a StorageError, not \(type(of: error)): \(error)")
      }
    }
  }
}
