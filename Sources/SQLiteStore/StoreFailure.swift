// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import GRDBSQLite
import Orchestrator

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Turns what SQLite says into what the engine acts upon.
enum StoreFailure {
  /// Runs an access; every error that leaves it is a ``JournalError`` that names the file, the operation, SQLite's result code and the
  /// mend.
  ///
  /// - Parameter database: The connection in use, which knows what the system said; nil where there is none yet.
  static func mapped<Result>(
    _ path: String, _ operation: StoreOperation, on database: Database? = nil, _ body: () throws -> Result
  ) throws(JournalError) -> Result {
    do {
      return try body()
    } catch {
      throw journalError(error, path: path, operation, on: database)
    }
  }

  static func journalError(
    _ error: any Error, path: String, _ operation: StoreOperation, on database: Database? = nil
  ) -> JournalError {
    if let error = error as? JournalError { return error }
    guard let error = error as? DatabaseError else {
      return JournalError(.unavailable, "cannot use \(path) (\(operation.rawValue)): \(words(error))")
    }
    let problem = systemError(behind: error, on: database)
    let said = words(error, operation, problem)
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      return JournalError(
        .damaged,
        "\(path) is damaged (\(said)): it was cut or altered; keep the directory as it is, and restore a backup into another")
    case .SQLITE_FULL: return full(path, said)
    case .SQLITE_IOERR where problem == ENOSPC || problem == EDQUOT: return full(path, said)
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
      return JournalError(
        .unavailable, "\(path) cannot be written (\(said)): check the file, its directory and their permissions")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return JournalError(.unavailable, "\(path) is locked by another program (\(said)): end it, or let it finish")
    case .SQLITE_IOERR:
      return JournalError(
        .unavailable, "cannot use \(path): \(said): check the disk, and whether anything else writes into its directory")
    default:
      return JournalError(.unavailable, "cannot use \(path): \(said)")
    }
  }

  private static func full(_ path: String, _ said: String) -> JournalError {
    JournalError(.unavailable, "no space is left for \(path) (\(said)): free some; scheduling resumes by itself")
  }

  /// What SQLite says, with its extended result code, for people.
  static func words(_ error: DatabaseError) -> String {
    let code = error.extendedResultCode
    return "\(error.message ?? "no message"), \(ResultNames.name(of: code)) (\(code.rawValue))"
  }

  private static func words(_ error: DatabaseError, _ operation: StoreOperation, _ problem: Int32?) -> String {
    let system = problem.map { ", \(String(cString: strerror($0))) (errno \($0))" } ?? ""
    return "\(words(error))\(system), \(operation.rawValue)"
  }

  /// Foundation's errors say why in another error below.
  private static func words(_ error: any Error) -> String {
    guard let error = error as? CocoaError else { return "\(error)" }
    let reason = (error.underlying as? POSIXError).map { ": \(String(cString: strerror($0.code.rawValue)))" } ?? ""
    return error.localizedDescription + reason
  }

  /// The system's error behind one of SQLite's; only these two kinds have one, and the connection keeps it for them.
  private static func systemError(behind error: DatabaseError, on database: Database?) -> Int32? {
    guard let database, let connection = database.sqliteConnection else { return nil }
    guard [.SQLITE_IOERR, .SQLITE_CANTOPEN].contains(error.resultCode), error.extendedResultCode != .SQLITE_IOERR_NOMEM else {
      return nil
    }
    let problem = sqlite3_system_errno(connection)
    return problem == 0 ? nil : problem
  }
}
