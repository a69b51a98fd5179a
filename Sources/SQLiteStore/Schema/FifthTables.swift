// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 5: the content of large manifests in pieces, each a transaction of its own: whatever is appended meanwhile waits for one.
  ///
  /// A manifest with `pieces` has its bytes there, and an empty blob beside its digest.
  static let fifthTables = """
    CREATE TABLE manifest_piece (
      digest TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (digest, number)
    ) STRICT;
    ALTER TABLE manifest ADD COLUMN pieces INTEGER NOT NULL DEFAULT 0;
    """
}
