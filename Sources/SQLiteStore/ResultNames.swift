// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The names of SQLite's result codes, as its documentation has them: https://www.sqlite.org/rescode.html
enum ResultNames {
  static func name(of code: ResultCode) -> String {
    let (first, second) = (Int(code.rawValue & 0xFF), Int(code.rawValue >> 8))
    guard primary.indices.contains(first - 1) else { return "an unknown result code" }
    let name = primary[first - 1]
    guard second > 0 else { return "SQLITE_\(name)" }
    // One that a later release of SQLite has introduced.
    guard let names = extended[name], names.indices.contains(second - 1) else { return "SQLITE_\(name), extended" }
    return "SQLITE_\(name)_\(names[second - 1])"
  }

  /// From code 1 on.
  private static let primary = [
    "ERROR", "INTERNAL", "PERM", "ABORT", "BUSY", "LOCKED", "NOMEM", "READONLY", "INTERRUPT", "IOERR", "CORRUPT", "NOTFOUND",
    "FULL", "CANTOPEN", "PROTOCOL", "EMPTY", "SCHEMA", "TOOBIG", "CONSTRAINT", "MISMATCH", "MISUSE", "NOLFS", "AUTH", "FORMAT",
    "RANGE", "NOTADB",
  ]

  /// Those of each primary code, from the first on.
  private static let extended = [
    "ERROR": [
      "MISSING_COLLSEQ", "RETRY", "SNAPSHOT",
    ],
    "IOERR": [
      "READ", "SHORT_READ", "WRITE", "FSYNC", "DIR_FSYNC", "TRUNCATE", "FSTAT", "UNLOCK", "RDLOCK", "DELETE", "BLOCKED", "NOMEM",
      "ACCESS", "CHECKRESERVEDLOCK", "LOCK", "CLOSE", "DIR_CLOSE", "SHMOPEN", "SHMSIZE", "SHMLOCK", "SHMMAP", "SEEK",
      "DELETE_NOENT", "MMAP", "GETTEMPPATH", "CONVPATH", "VNODE", "AUTH", "BEGIN_ATOMIC", "COMMIT_ATOMIC", "ROLLBACK_ATOMIC",
      "DATA", "CORRUPTFS", "IN_PAGE",
    ],
    "LOCKED": [
      "SHAREDCACHE", "VTAB",
    ],
    "BUSY": [
      "RECOVERY", "SNAPSHOT", "TIMEOUT",
    ],
    "CANTOPEN": [
      "NOTEMPDIR", "ISDIR", "FULLPATH", "CONVPATH", "DIRTYWAL", "SYMLINK",
    ],
    "CORRUPT": [
      "VTAB", "SEQUENCE", "INDEX",
    ],
    "READONLY": [
      "RECOVERY", "CANTLOCK", "ROLLBACK", "DBMOVED", "CANTINIT", "DIRECTORY",
    ],
    "CONSTRAINT": [
      "CHECK", "COMMITHOOK", "FOREIGNKEY", "FUNCTION", "NOTNULL", "PRIMARYKEY", "TRIGGER", "UNIQUE", "VTAB", "ROWID", "PINNED",
      "DATATYPE",
    ],
  ]
}
