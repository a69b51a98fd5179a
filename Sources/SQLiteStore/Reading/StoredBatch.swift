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

  /// From the columns `last, events, checksum, bytes`. In a file that was cut they may hold anything, or nothing: what is no batch
  /// counts as one without events, which is not whole.
  init(row: Row) {
    let position = UInt64(bitPattern: Int64.fromDatabaseValue(row[0]) ?? 0)
    let count = Int.fromDatabaseValue(row[1]) ?? 0
    last = position
    events = count > 0 && UInt64(count) <= position ? count : 0
    checksum = Int64.fromDatabaseValue(row[2]) ?? -1
    bytes = Data.fromDatabaseValue(row[3]) ?? Data()
  }

  var first: JournalPosition { last - UInt64(events) + 1 }

  /// Whether it holds what was written.
  var isWhole: Bool { events > 0 && Int64(Checksum.crc32(bytes)) == checksum }

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
