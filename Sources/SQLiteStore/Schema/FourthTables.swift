// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 4: plans apart from their runs, whose rows change with every batch: SQLite writes a row as a whole.
  static let fourthTables = """
    CREATE TABLE plan (run INTEGER PRIMARY KEY, steps BLOB NOT NULL) STRICT;
    INSERT INTO plan (run, steps) SELECT id, plan FROM run WHERE plan <> x'';
    ALTER TABLE run DROP COLUMN plan;
    """
}
