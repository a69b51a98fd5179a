// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import Orchestrator
import SQLiteStore

/// Files that somebody restores: a backup, and the store in it.
extension FuzzTarget {
  static var stores: [FuzzTarget] {
    [
      FuzzTarget(name: "backup") { restore($0) },
      FuzzTarget(name: "store") { restore(sealed($0)) },
    ]
  }

  private static let root = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-fuzz-\(getpid())")

  private static func restore(_ bytes: [UInt8]) {
    let file = root.appendingPathComponent("fuzzed.sluice")
    let directory = root.appendingPathComponent("data")
    try? FileManager.default.removeItem(at: directory)
    try? FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    guard (try? Data(bytes).write(to: file)) != nil else { return }
    _ = decoded(refusal: JournalError.self) { try SQLiteBackup.manifest(of: file) }
    guard decoded(refusal: JournalError.self, { try SQLiteBackup.restore(file, into: directory) }) != nil else { return }
    waiting { await use(directory) }
  }

  /// A store that was taken can be opened and read, or says what is wrong with it.
  private static func use(_ directory: URL) async {
    let journal = SQLiteJournal(directory: directory)
    do {
      let opening = try await journal.open()
      _ = try await journal.snapshot()
      _ = try await journal.read(after: opening.beginning, limit: 100)
      let runs = try await journal.history.runs(before: nil, limit: 10)
      for run in runs { _ = try await journal.history.steps(of: run.id, from: 0, limit: 10) }
    } catch {
      expect(error is JournalError, "a refusal is a JournalError, not \(type(of: error)): \(error)")
    }
    try? journal.close()
  }

  /// A backup file around the bytes of a store, with a manifest that fits them.
  static func sealed(_ store: [UInt8]) -> [UInt8] {
    let manifest = BackupManifest(
      incarnation: FuzzSamples.incarnation, epoch: 1, position: 1, bytes: UInt64(store.count),
      checksum: Checksum.crc32(Data(store)), release: "fuzz", madeAt: FuzzSamples.instants[0])
    guard let encoded = try? JournalCodec.encode(manifest) else { return store }
    let seal = UInt64(encoded.count) << 32 | UInt64(Checksum.crc32(encoded))
    return store + encoded + withUnsafeBytes(of: seal.littleEndian) { Array($0) } + Array("SLUBKUP1".utf8)
  }
}
