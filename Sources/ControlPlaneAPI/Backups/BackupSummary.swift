// SPDX-License-Identifier: Apache-2.0

/// Asks for a backup of the daemon's store.
package struct BackupRequest: Hashable, Sendable, Codable {
  /// An absolute path on the daemon's machine, of a file that is not there and whose name ends in `.sluice`.
  package let file: String
  package init(file: String) { self.file = file }

  /// How the names of backups end, so that a request can make no file that anything else would take for its own.
  package static let suffix = ".sluice"
}

/// What a backup holds.
package struct BackupSummary: Hashable, Sendable, Codable {
  package let file: String
  /// The last event in it.
  package let position: UInt64
  /// The file's size.
  package let bytes: UInt64
  /// Whether every batch of it has been read back and is whole.
  package let verified: Bool
  /// Of the store that was backed up.
  package let incarnation: String
  package let epoch: UInt64
  /// The daemon's version.
  package let release: String
  package let madeAt: Instant

  package init(
    file: String, position: UInt64, bytes: UInt64, verified: Bool, incarnation: String, epoch: UInt64, release: String,
    madeAt: Instant
  ) {
    self.file = file
    self.position = position
    self.bytes = bytes
    self.verified = verified
    self.incarnation = incarnation
    self.epoch = epoch
    self.release = release
    self.madeAt = madeAt
  }
}

/// What a restored data directory holds.
package struct RestoreSummary: Hashable, Sendable, Codable {
  package let file: String
  package let directory: String
  /// The last event in it.
  package let position: UInt64
  /// Of the store, which is another one from here on.
  package let incarnation: String
  /// The version of the daemon that made the backup.
  package let release: String
  package let madeAt: Instant
  /// The folder with the store that was there before.
  package let replaced: String?

  package init(
    file: String, directory: String, position: UInt64, incarnation: String, release: String, madeAt: Instant, replaced: String?
  ) {
    self.file = file
    self.directory = directory
    self.position = position
    self.incarnation = incarnation
    self.release = release
    self.madeAt = madeAt
    self.replaced = replaced
  }
}
