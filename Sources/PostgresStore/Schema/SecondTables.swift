// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 2: snapshots and retention.
  static let secondTables = [
    // The position of the last event that was pruned.
    "ALTER TABLE sluice_store ADD COLUMN beginning int8 NOT NULL DEFAULT 0",

    // The state after the event at a position, in a version of its own; the newest two are kept.
    """
    CREATE TABLE sluice_snapshot (
      position int8 PRIMARY KEY, version int8 NOT NULL, checksum int8 NOT NULL, bytes bytea NOT NULL
    )
    """,

    // 0: whole; 1: being pruned; 2: only what retention keeps is left.
    "ALTER TABLE sluice_run ADD COLUMN pruned int2 NOT NULL DEFAULT 0",
    "CREATE INDEX sluice_run_whole ON sluice_run (id) WHERE pruned = 0",
    "CREATE INDEX sluice_run_marked ON sluice_run (id) WHERE pruned = 1",

    // What pruning looks for: few versions are discarded, and every target has one latest step.
    "CREATE INDEX sluice_version_discarded ON sluice_version (step) WHERE decision = 2",
    "CREATE INDEX sluice_target_latest_step ON sluice_target (latest_step)",
  ]
}
