// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 6: attempts that ended without completing their step. A row's number is the position of the event that says so.
  static let sixthTables = [
    """
    CREATE TABLE sluice_attempt (
      id int8 PRIMARY KEY, step int8 NOT NULL, number int8 NOT NULL, granted_at int8, started_at int8, ended_at int8 NOT NULL,
      outcome int8 NOT NULL, failure bytea
    )
    """,
    "CREATE INDEX sluice_attempt_step ON sluice_attempt (step, id)",
  ]
}
