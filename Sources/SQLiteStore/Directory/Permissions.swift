// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Orchestrator

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Who may read and write a store's files: their owner alone, whatever the process's file mode creation mask is.
enum Permissions {
  private static let ownerOnly: mode_t = 0o600
  private static let others: mode_t = 0o077
  private static let othersWrite: mode_t = 0o022

  /// Creates an empty file that nobody but its owner can ever open.
  ///
  /// - Throws: ``JournalError`` with code `unavailable`, also where there is anything under that name.
  static func create(_ url: URL) throws(JournalError) {
    let descriptor = open(url.path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, ownerOnly)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor >= 0, fchmod(descriptor, ownerOnly) == 0 else {
      throw JournalError(
        .unavailable, "cannot create \(url.path): \(String(cString: strerror(errno))); check that its directory can be written")
    }
  }

  /// Takes a file away from everybody but its owner.
  ///
  /// - Returns: Whether others had it.
  static func tighten(_ path: String) throws(JournalError) -> Bool {
    guard let mode = mode(of: path), mode & others != 0 else { return false }
    guard chmod(path, ownerOnly) == 0 else {
      throw JournalError(
        .exposed,
        "others can open \(path) (mode \(words(mode))), and it cannot be taken from them: \(String(cString: strerror(errno)))\n"
          + "  mend: chmod 600 \(ShellWord(path)), as its owner")
    }
    return true
  }

  /// Refuses a directory that group or others can write: they could put another store in the place of this one.
  ///
  /// - Returns: What whoever runs the store should know, where others can read the directory.
  static func check(_ directory: URL) throws(JournalError) -> String? {
    guard let mode = mode(of: directory.path) else { return nil }
    guard mode & othersWrite == 0 else {
      throw JournalError(
        .exposed,
        "others can write the data directory \(directory.path) (mode \(words(mode))), and could replace what is in it\n"
          + "  mend: chmod go-w \(ShellWord(directory.path)), or name another directory")
    }
    guard mode & others != 0 else { return nil }
    return "others can list the data directory \(directory.path) (mode \(words(mode))); the store's files are its owner's alone; "
      + "to hide their names, too: chmod 700 \(ShellWord(directory.path))"
  }

  private static func mode(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  private static func words(_ mode: mode_t) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
