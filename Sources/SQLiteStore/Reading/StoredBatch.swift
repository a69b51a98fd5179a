// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import JournalCodec
import Orchestrator

/// A row of the journal.
struct StoredBatch {
  /// The position of its last event.
  let last: JournalPosition
  let events: Int
  private let checksum: Int64
  private let bytes: Data

  /// From the columns `last, events, checksum, bytes`.
  init(row: Row) {
    last = UInt64(bitPattern: row[0] as Int64)
    events = row[1]
    checksum = row[2]
    bytes = row[3]
  }

  var first: JournalPosition { last - UInt64(events) + 1 }

  /// Whether it holds what was written.
  var isWhole: Bool { events > 0 && last >= UInt64(events) && Int64(Checksum.crc32(bytes)) == checksum }

  /// The batch's bytes.
  ///
  /// - Throws: ``JournalError`` with code `damaged`, saying which events before it are good.
  func verified(in path: String) throws(JournalError) -> Data {
    guard isWhole else {
      throw JournalError(
        .damaged,
        "\(path) is damaged in the batch that ends at event \(last): it was cut or altered there, and what comes before it is "
          + "good; keep the directory as it is, and restore a backup into another")
    }
    return bytes
  }
}
