// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import GRDB
import JournalCodec
import Orchestrator

/// Reads the journal itself.
struct JournalReader {
  let database: Database
  let path: String

  /// - Throws: ``JournalError`` with code `damaged` for a record that is altered, or a gap; `tooNew` for an event that the program
  ///   does not know.
  func events(after position: JournalPosition, limit: Int) throws -> [StampedEvent] {
    guard let position = Int64(exactly: position) else { return [] }
    let beginning = try Int64.fetchOne(database.cachedStatement(sql: "SELECT beginning FROM store WHERE id = 1")) ?? 0
    guard position >= beginning else {
      throw JournalError.pruned(after: UInt64(position), beginning: UInt64(bitPattern: beginning))
    }
    let rows = try Row.fetchCursor(
      database.cachedStatement(sql: "SELECT last, events, checksum, bytes FROM batch WHERE last > ? ORDER BY last"),
      arguments: [position])
    var manifests: [ManifestDigest: Manifest] = [:]
    var events: [StampedEvent] = []
    var next = JournalPosition(position) + 1
    var read = 0
    while events.count < limit, read < JournalLimits.pageBytes, let row = try rows.next() {
      let batch = StoredBatch(row: row)
      let bytes = try batch.verified(in: path)
      read += bytes.count
      let decoded = try JournalCodec.decode(bytes) { digest throws(JournalError) in
        try manifest(digest, known: &manifests)
      }
      guard batch.first <= next, decoded.count == batch.events else {
        throw JournalError(
          .damaged, "\(path) lacks events after \(next - 1): keep the directory as it is, and restore a backup into another")
      }
      // The first lies at most at the next, and what was decoded holds as many as the batch says.
      events += decoded.dropFirst(Int(next - batch.first))
      next = batch.last + 1
    }
    return Array(events.prefix(limit))
  }

  private func manifest(
    _ digest: ManifestDigest, known: inout [ManifestDigest: Manifest]
  ) throws(JournalError) -> Manifest {
    if let manifest = known[digest] { return manifest }
    let bytes = try StoreFailure.mapped(path, .reading, on: database) {
      try ManifestTable(database: database).content(of: digest)
    }
    guard let bytes else { throw JournalError(.damaged, "\(path) has lost the content of manifest \(digest): restore a backup") }
    let manifest = try JournalCodec.decodeManifest(bytes)
    known[digest] = manifest
    return manifest
  }
}
