// SPDX-License-Identifier: Apache-2.0

import GRDB
import Orchestrator

/// Turns what SQLite says into what the engine acts upon.
enum StoreFailure {
  /// Runs an access; every error that leaves it is a ``JournalError`` that names the file and the mend.
  static func mapped<Result>(_ path: String, _ body: () throws -> Result) throws(JournalError) -> Result {
    do {
      return try body()
    } catch {
      throw journalError(error, path: path)
    }
  }

  static func journalError(_ error: any Error, path: String) -> JournalError {
    if let error = error as? JournalError { return error }
    guard let error = error as? DatabaseError else {
      return JournalError(.unavailable, "cannot use \(path): \(error)")
    }
    let said = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      return JournalError(
        .damaged,
        "\(path) is damaged (\(said)): it was cut or altered; keep the directory as it is, and restore a backup into another")
    case .SQLITE_FULL:
      return JournalError(.unavailable, "no space is left for \(path): free some; scheduling resumes by itself")
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
      return JournalError(
        .unavailable, "\(path) cannot be written (\(said)): check the file, its directory and their permissions")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return JournalError(.unavailable, "\(path) is locked by another program: end it, or let it finish")
    default:
      return JournalError(.unavailable, "cannot use \(path): \(said)")
    }
  }
}
