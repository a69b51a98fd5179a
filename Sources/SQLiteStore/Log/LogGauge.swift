// SPDX-License-Identifier: Apache-2.0

import GRDB
import GRDBSQLite
import Synchronization

/// How many pages the log holds that counts, as of the last commit; SQLite tells it with every commit.
final class LogGauge: Sendable {
  private let count = Atomic<Int>(0)

  var pages: Int { count.load(ordering: .relaxed) }

  /// Begins to listen on the writing connection, which must not outlive this value. SQLite moves nothing by itself from here on.
  func attach(to database: Database) {
    sqlite3_wal_hook(
      database.sqliteConnection,
      { context, _, _, pages in
        guard let context else { return SQLITE_OK }
        // The gauge lives for as long as the session that owns both it and the connection.
        let gauge = Unmanaged<LogGauge>.fromOpaque(context).takeUnretainedValue()
        gauge.count.store(Int(pages), ordering: .relaxed)
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }
}
