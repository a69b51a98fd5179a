// SPDX-License-Identifier: Apache-2.0

/// What each session of ours sets, whatever the server's, the database's or the role's defaults are.
enum SessionSettings {
  /// One statement, so that it costs one round trip.
  static func statement(_ limits: PostgresLimits) -> Statement {
    // The server gives up shortly before we do, so that its reason is what we hear.
    let milliseconds = "\(limits.response.milliseconds * 9 / 10)ms"
    let settings = [
      // We send and read UTF-8, whatever `PGCLIENTENCODING` or the connection string says.
      ("client_encoding", "UTF8"), ("statement_timeout", milliseconds), ("lock_timeout", milliseconds),
      ("idle_in_transaction_session_timeout", milliseconds), ("default_transaction_isolation", "read committed"),
      // All statements are look-ups by index: a plan must not depend on what the statistics were on the first day.
      ("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("enable_hashjoin", "off"),
      ("enable_mergejoin", "off"), ("max_parallel_workers_per_gather", "0"), ("jit", "off"),
    ]
    let calls = settings.map { "set_config('\($0.0)', '\($0.1)', false)" }
    // `off` would lose what was acknowledged; every other value waits for the disk, or for more than that.
    let durable = "set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), false)"
    return Statement("SELECT " + (calls + [durable]).joined(separator: ", "), isPrepared: false)
  }
}
