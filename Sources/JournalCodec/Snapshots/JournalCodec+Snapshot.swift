// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Foundation
package import Orchestrator
import SwiftProtobuf

/// A state as it is stored.
package struct EncodedSnapshot: Sendable {
  package let bytes: Data
  /// CRC-32 of the bytes.
  package let checksum: UInt32
}

extension JournalCodec {
  /// Encodes a state without its incarnation, which is the store's. Equal states have equal bytes.
  package static func encode(_ state: State) throws(JournalError) -> EncodedSnapshot {
    let bytes = try bytes(SnapshotWriter.encode(state))
    return EncodedSnapshot(bytes: bytes, checksum: Checksum.crc32(bytes))
  }

  /// The state of a snapshot.
  ///
  /// - Throws: ``JournalError``: `damaged` where the bytes are not those of the checksum or hold no state, `tooNew` for another
  ///   version.
  package static func decodeState(
    _ bytes: Data, checksum: UInt32, incarnation: Incarnation
  ) throws(JournalError) -> State {
    guard Checksum.crc32(bytes) == checksum else {
      throw JournalError(.damaged, "a snapshot in the journal was cut or altered: its checksum is wrong")
    }
    return try reading("a snapshot") {
      let stored = try PBSnapshot(serializedBytes: bytes, options: options)
      guard State.readableVersions.contains(stored.version) else {
        throw JournalError(
          .tooNew,
          "a snapshot is of version \(stored.version), and this program reads versions \(State.readableVersions.lowerBound) to "
            + "\(State.version)")
      }
      return try SnapshotReader(stored).state(incarnation)
    }
  }
}
