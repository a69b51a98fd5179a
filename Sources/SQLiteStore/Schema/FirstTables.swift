// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 1. Rows refer to texts and asset partitions by number; instants are microseconds since 1970.
  static let firstTables = """
    -- One row: the store's life, the reign, and the newest journal format that the events need.
    CREATE TABLE store (
      id INTEGER PRIMARY KEY CHECK (id = 1), incarnation INTEGER NOT NULL, epoch INTEGER NOT NULL, format INTEGER NOT NULL,
      release TEXT NOT NULL
    ) STRICT;

    -- The journal: batches by the position of their last event.
    CREATE TABLE batch (
      last INTEGER PRIMARY KEY, events INTEGER NOT NULL, epoch INTEGER NOT NULL, checksum INTEGER NOT NULL, bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE manifest (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;

    -- Dictionaries.
    CREATE TABLE term (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE target (
      id INTEGER PRIMARY KEY, asset INTEGER NOT NULL, partition INTEGER NOT NULL, latest_step INTEGER, UNIQUE (asset, partition)
    ) STRICT;

    CREATE TABLE run (
      id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, schedule_location INTEGER, schedule_name INTEGER, tick INTEGER,
      selection TEXT NOT NULL, launched_at INTEGER NOT NULL, finished_at INTEGER, outcome INTEGER,
      cancel_requested INTEGER NOT NULL DEFAULT 0, steps INTEGER NOT NULL, succeeded INTEGER NOT NULL DEFAULT 0,
      rejected INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0,
      cancelled INTEGER NOT NULL DEFAULT 0, plan BLOB NOT NULL
    ) STRICT;
    CREATE INDEX run_unfinished ON run (id) WHERE outcome IS NULL;

    -- A step's number is its run's and its ordinal; version is the first that its last grant named, versions all where several.
    CREATE TABLE step (
      id INTEGER PRIMARY KEY, phase INTEGER NOT NULL, attempts INTEGER NOT NULL, granted_at INTEGER, started_at INTEGER,
      finished_at INTEGER, version INTEGER, versions BLOB, outcome BLOB, failure BLOB
    ) STRICT;

    -- A version's number is its target's and its own.
    CREATE TABLE version (
      id INTEGER PRIMARY KEY, step INTEGER NOT NULL, attempt INTEGER NOT NULL, staged_at INTEGER, decided_at INTEGER,
      settled_at INTEGER, decision INTEGER, manifest INTEGER, locator BLOB, metadata BLOB, inputs BLOB
    ) STRICT;

    CREATE TABLE evaluation (
      id INTEGER PRIMARY KEY, version INTEGER NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL, name INTEGER NOT NULL,
      check_version INTEGER, severity INTEGER NOT NULL, outcome INTEGER NOT NULL, detail BLOB
    ) STRICT;
    CREATE INDEX evaluation_version ON evaluation (version);

    CREATE TABLE log (
      id INTEGER PRIMARY KEY, run INTEGER NOT NULL, ordinal INTEGER NOT NULL, attempt INTEGER NOT NULL, at INTEGER NOT NULL,
      level INTEGER NOT NULL, message TEXT NOT NULL
    ) STRICT;
    CREATE INDEX log_run ON log (run);

    CREATE TABLE tick (
      id INTEGER PRIMARY KEY, location INTEGER NOT NULL, schedule INTEGER NOT NULL, tick INTEGER NOT NULL,
      skipped INTEGER NOT NULL, run INTEGER, problem TEXT
    ) STRICT;
    CREATE INDEX tick_schedule ON tick (location, schedule);
    """
}
