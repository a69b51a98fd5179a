// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 1. Rows refer to texts and asset partitions by number; instants are microseconds since 1970.
  static let firstTables = [
    // Which migrations were applied.
    "CREATE TABLE sluice_migration (number int4 PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",

    // One row: the store's life, the reign and the journal's end that every append checks, and the newest journal format.
    """
    CREATE TABLE sluice_store (
      id int2 PRIMARY KEY CHECK (id = 1), incarnation int8 NOT NULL, epoch int8 NOT NULL, position int8 NOT NULL,
      format int8 NOT NULL, release text NOT NULL
    ) WITH (fillfactor = 20)
    """,
    // One row: who leads, until when by the server's clock, and through which session it writes.
    """
    CREATE TABLE sluice_lease (
      id int2 PRIMARY KEY CHECK (id = 1), token int8, holder text NOT NULL, epoch int8 NOT NULL,
      expires_at timestamptz NOT NULL, backend int4, backend_start timestamptz
    ) WITH (fillfactor = 20)
    """,

    // The journal: batches by the position of their last event.
    """
    CREATE TABLE sluice_batch (
      last int8 PRIMARY KEY, events int8 NOT NULL, epoch int8 NOT NULL, checksum int8 NOT NULL, bytes bytea NOT NULL
    )
    """,
    "CREATE TABLE sluice_manifest (digest text PRIMARY KEY, bytes bytea NOT NULL)",

    // Dictionaries. A hash takes texts of any length.
    "CREATE TABLE sluice_term (id int8 PRIMARY KEY, text text COLLATE \"C\" NOT NULL)",
    "CREATE INDEX sluice_term_text ON sluice_term USING hash (text)",
    """
    CREATE TABLE sluice_target (
      id int8 PRIMARY KEY, asset int8 NOT NULL, partition int8 NOT NULL, latest_step int8, UNIQUE (asset, partition)
    )
    """,

    """
    CREATE TABLE sluice_run (
      id int8 PRIMARY KEY, kind int2 NOT NULL, schedule_location int8, schedule_name int8, tick int8, selection text NOT NULL,
      launched_at int8 NOT NULL, finished_at int8, outcome int2, cancel_requested int2 NOT NULL DEFAULT 0,
      steps int8 NOT NULL, succeeded int8 NOT NULL DEFAULT 0, rejected int8 NOT NULL DEFAULT 0,
      failed int8 NOT NULL DEFAULT 0, blocked int8 NOT NULL DEFAULT 0, cancelled int8 NOT NULL DEFAULT 0, plan bytea NOT NULL
    )
    """,
    "CREATE INDEX sluice_run_unfinished ON sluice_run (id) WHERE outcome IS NULL",

    // A step's number is its run's and its ordinal; version is the first that its last grant named, versions all where several.
    """
    CREATE TABLE sluice_step (
      id int8 PRIMARY KEY, phase int2 NOT NULL, attempts int8 NOT NULL, granted_at int8, started_at int8, finished_at int8,
      version int8, versions bytea, outcome bytea, failure bytea
    )
    """,

    // A version's number is its target's and its own.
    """
    CREATE TABLE sluice_version (
      id int8 PRIMARY KEY, step int8 NOT NULL, attempt int8 NOT NULL, staged_at int8, decided_at int8, settled_at int8,
      decision int2, manifest int8, locator bytea, metadata bytea, inputs bytea
    )
    """,

    """
    CREATE TABLE sluice_evaluation (
      id int8 PRIMARY KEY, version int8 NOT NULL, step int8 NOT NULL, at int8 NOT NULL, name int8 NOT NULL,
      check_version int8, severity int2 NOT NULL, outcome int2 NOT NULL, detail bytea
    )
    """,
    "CREATE INDEX sluice_evaluation_version ON sluice_evaluation (version, id)",

    """
    CREATE TABLE sluice_log (
      id int8 PRIMARY KEY, run int8 NOT NULL, ordinal int8 NOT NULL, attempt int8 NOT NULL, at int8 NOT NULL,
      level int2 NOT NULL, message text NOT NULL
    )
    """,
    "CREATE INDEX sluice_log_run ON sluice_log (run, id)",

    """
    CREATE TABLE sluice_tick (
      id int8 PRIMARY KEY, location int8 NOT NULL, schedule int8 NOT NULL, tick int8 NOT NULL, skipped int8 NOT NULL,
      run int8, problem text
    )
    """,
    "CREATE INDEX sluice_tick_schedule ON sluice_tick (location, schedule, id)",
  ]
}
