// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Foundation
package import Orchestrator
import SwiftProtobuf

/// What a backup says about itself: which store it is a copy of, how far it goes, and what its bytes must be.
package struct BackupManifest: Hashable, Sendable {
  /// Of the store that was copied.
  package let incarnation: Incarnation
  package let epoch: Epoch
  /// The position of the last event in the copy.
  package let position: JournalPosition
  /// The size of the copy in bytes.
  package let bytes: UInt64
  /// CRC-32 of the copy.
  package let checksum: UInt32
  /// The release of Sluice that made it.
  package let release: String
  package let madeAt: Timestamp

  package init(
    incarnation: Incarnation, epoch: Epoch, position: JournalPosition, bytes: UInt64, checksum: UInt32, release: String,
    madeAt: Timestamp
  ) {
    self.incarnation = incarnation
    self.epoch = epoch
    self.position = position
    self.bytes = bytes
    self.checksum = checksum
    self.release = release
    self.madeAt = madeAt
  }
}

extension JournalCodec {
  package static func encode(_ manifest: BackupManifest) throws(JournalError) -> Data {
    var stored = PBBackupManifest()
    stored.incarnation = manifest.incarnation.value
    stored.epoch = manifest.epoch
    stored.position = manifest.position
    stored.bytes = manifest.bytes
    stored.checksum = manifest.checksum
    stored.release = manifest.release
    stored.madeAtUs = manifest.madeAt.microseconds
    return try bytes(stored)
  }

  package static func decodeBackupManifest(_ bytes: Data) throws(JournalError) -> BackupManifest {
    try reading("a backup's manifest") {
      let stored = try PBBackupManifest(serializedBytes: bytes, options: options)
      return BackupManifest(
        incarnation: Incarnation(stored.incarnation), epoch: stored.epoch, position: stored.position, bytes: stored.bytes,
        checksum: stored.checksum, release: stored.release, madeAt: Timestamp(microseconds: stored.madeAtUs))
    }
  }
}
