// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 8: attempts that ended without completing their step. A row's number is the position of the event that says so.
  static let eighthTables = """
    CREATE TABLE attempt (
      id INTEGER PRIMARY KEY, step INTEGER NOT NULL, number INTEGER NOT NULL, granted_at INTEGER, started_at INTEGER,
      ended_at INTEGER NOT NULL, outcome INTEGER NOT NULL, failure BLOB
    ) STRICT;
    CREATE INDEX attempt_step ON attempt (step);
    """
}
