// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import Orchestrator

/// Reads the journal itself.
struct JournalReader {
  let connection: Connection
  let place: String
  let manifests: ManifestCache

  /// - Throws: ``JournalError`` with code `pruned` for a position before the beginning; `damaged` for a record that is altered, or
  ///   a gap; `tooNew` for an event that the program does not know.
  func events(after position: Int64, limit: Int) async throws -> [StampedEvent] {
    let rows = try await batches(after: position, limit: limit)
    var events: [StampedEvent] = []
    var next = JournalPosition(position) + 1
    for row in rows {
      let last = UInt64(bitPattern: try row.int(0))
      let count = UInt64(bitPattern: try row.int(1))
      guard count > 0, last >= count, last - count < next, last >= next else { throw gap(before: next) }
      let decoded = try await decode(try verified(row, last: last), last: last)
      guard decoded.count == count else { throw gap(before: next) }
      events += decoded.dropFirst(Int(next - (last - count + 1)))
      next = last + 1
    }
    return Array(events.prefix(limit))
  }

  /// The batches up to the one that holds a page's last event.
  private func batches(after position: Int64, limit: Int) async throws -> ResultRows {
    let end = position.addingReportingOverflow(Int64(limit))
    // The beginning last: where it is still before the position then, no batch was missing when they were read.
    let answers = try await connection.run([
      Statement(
        """
        SELECT last, events, checksum, bytes FROM (
          SELECT last, events, checksum, bytes, sum(octet_length(bytes)) OVER (ORDER BY last) - octet_length(bytes) AS before
          FROM sluice_batch
          WHERE last > $1::int8 AND last <= coalesce((SELECT min(last) FROM sluice_batch WHERE last >= $2::int8), $3::int8)
        ) AS page WHERE before < $4::int8
        ORDER BY last
        """,
        [.int(position), .int(end.overflow ? .max : end.partialValue), .int(.max), .int(Int64(JournalLimits.pageBytes))]),
      Statement("SELECT beginning FROM sluice_store WHERE id = 1"),
    ])
    guard answers.count == 2, let store = answers[1].first else { throw JournalError.lostFirstRecord(in: place) }
    let beginning = try store.int(0)
    guard position >= beginning else {
      throw JournalError.pruned(after: UInt64(position), beginning: UInt64(bitPattern: beginning))
    }
    return answers[0]
  }

  private func verified(_ row: Row, last: JournalPosition) throws(JournalError) -> Data {
    let bytes = try row.data(3)
    guard Int64(Checksum.crc32(bytes)) == (try row.int(2)) else {
      throw JournalError(
        .damaged,
        "\(place) is damaged in the batch that ends at event \(last): it was altered there, and what comes before it is good; "
          + "keep it as it is, and restore a backup into another database")
    }
    return bytes
  }

  private func gap(before position: JournalPosition) -> JournalError {
    JournalError(
      .damaged, "\(place) lacks events after \(position - 1): keep it as it is, and restore a backup into another database")
  }

  /// Decodes a batch; a manifest that it names is fetched once it is asked for, and the batch then decoded again.
  ///
  /// - Throws: ``JournalError`` with code `pruned` where the batch's events, and the manifest with them, have gone since they were read.
  private func decode(_ bytes: Data, last: JournalPosition) async throws -> [StampedEvent] {
    while true {
      var missing: ManifestDigest?
      do {
        return try JournalCodec.decode(bytes) { digest throws(JournalError) in
          if let manifest = manifests[digest] { return manifest }
          missing = digest
          throw JournalError(.damaged, "\(place) has lost the content of manifest \(digest): restore a backup")
        }
      } catch {
        guard let missing else { throw error }
        let rows = try await connection.run(
          "SELECT bytes FROM sluice_manifest WHERE digest = $1::text", [.text(missing.description)])
        guard let row = rows.first else {
          let beginning = try await JournalBounds(on: connection, in: place).beginning
          if beginning >= last { throw JournalError.pruned(after: last - 1, beginning: beginning) }
          throw error
        }
        manifests.keep(try JournalCodec.decodeManifest(row.data(0)), as: missing)
      }
    }
  }
}
