// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 5: the content of large manifests in pieces, each a transaction of its own: whatever is appended meanwhile waits for one;
  /// and the position of the last event that names a manifest, behind which its content may go.
  ///
  /// A manifest with `pieces` has its bytes there, and an empty blob beside its digest. What changes is apart from the bytes.
  static let fifthTables = """
    CREATE TABLE manifest_piece (
      digest TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (digest, number)
    ) STRICT;
    ALTER TABLE manifest ADD COLUMN pieces INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE manifest_use (digest TEXT PRIMARY KEY, named INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO manifest_use (digest, named) SELECT digest, coalesce((SELECT max(last) FROM batch), 0) FROM manifest;
    """
}
