// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 2: snapshots and retention.
  static let secondTables = """
    -- The position of the last event that was pruned.
    ALTER TABLE store ADD COLUMN beginning INTEGER NOT NULL DEFAULT 0;

    -- The state after the event at a position; the newest two are kept.
    CREATE TABLE snapshot (position INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;

    -- 0: whole; 1: being pruned; 2: only what retention keeps is left.
    ALTER TABLE run ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX run_unpruned ON run (id) WHERE pruned < 2;

    -- What pruning looks for: few versions are discarded, and every target has one latest step.
    CREATE INDEX version_discarded ON version (step) WHERE decision = 2;
    CREATE INDEX target_latest_step ON target (latest_step);
    """
}
