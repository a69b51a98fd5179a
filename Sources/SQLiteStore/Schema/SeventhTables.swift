// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 7: large snapshots in pieces, each a transaction of its own. One with `pieces` has its bytes there, and an empty blob in its
  /// row.
  static let seventhTables = """
    CREATE TABLE snapshot_piece (
      position INTEGER NOT NULL, checksum INTEGER NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL,
      UNIQUE (position, checksum, number)
    ) STRICT;
    ALTER TABLE snapshot ADD COLUMN pieces INTEGER NOT NULL DEFAULT 0;
    """
}
