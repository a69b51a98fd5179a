// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Logging
import Orchestrator
import PostgresStore
import SQLiteStore

/// Where a daemon keeps its journal.
package enum StoreChoice: Hashable, Sendable {
  /// In files under the data directory; one daemon at a time.
  case sqlite
  /// In a PostgreSQL database, as libpq names it; one daemon leads, and any number follow.
  case postgres(String)

  /// Reads what `--store` names.
  ///
  /// - Throws: ``DaemonError`` for what names no store.
  package init(_ text: String) throws(DaemonError) {
    if text == "sqlite" {
      self = .sqlite
    } else if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") || text.contains("=") {
      self = .postgres(text)
    } else {
      throw DaemonError(
        "'\(text)' names no store\n  mend: 'sqlite', or a database as libpq names it: postgresql://user@host/sluice")
    }
  }
}

/// The journal of a choice, with what has to be done at the end.
struct ChosenStore: Sendable {
  let journal: any Journal
  /// For people; without the secrets of a connection string.
  let description: String
  let close: @Sendable () async -> Void
  let backups: BackupDesk

  /// - Parameter name: how this daemon calls itself to others that share the store.
  init(_ choice: StoreChoice, directory: URL, name: String, logger: Logger) {
    switch choice {
    case .sqlite:
      let sqlite = SQLiteJournal(directory: directory) { note in logger.warning("\(note)") }
      journal = sqlite
      description = directory.path
      // A store that was closed need not be checked whole at the next start.
      close = { try? sqlite.close() }
      backups = BackupDesk(.sqlite(sqlite))
    case .postgres(let conninfo):
      let postgres = PostgresJournal(conninfo: conninfo, name: name)
      journal = postgres
      description = postgres.place
      close = { await postgres.close() }
      backups = BackupDesk(.postgres(postgres.place))
    }
  }
}
