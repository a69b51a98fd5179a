// SPDX-License-Identifier: Apache-2.0

import Foundation
import Orchestrator

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The sole right to a data directory, held for as long as this value lives and the process does.
///
/// An advisory lock on `journal.lock`, which the system releases when the process ends, however it ends. Child processes do not
/// inherit it.
final class DirectoryLock: Sendable {
  private let descriptor: Int32

  /// - Throws: ``JournalError`` with code `held` when another process, or another store of this one, holds the directory.
  init(directory: URL) throws(JournalError) {
    let path = directory.appendingPathComponent("journal.lock").path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.unavailable(path, errno) }
    // Whatever the process's mask is, and whoever made the file.
    fchmod(descriptor, 0o600)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let problem = errno
      let holder = Self.holder(descriptor)
      // Not closed here: `deinit` runs for a value whose `init` throws once all of it is set. Closed twice, the number could by then
      // be that of another file of this process, such as another store's.
      guard problem == EWOULDBLOCK else { throw Self.unavailable(path, problem) }
      throw JournalError(
        .held,
        "the data directory \(directory.path) is in use\(holder), which holds journal.lock: stop that daemon first, or use another "
          + "directory")
    }
    Self.sign(descriptor)
  }

  deinit {
    guard descriptor >= 0 else { return }
    // A child that is being started has a copy of the descriptor until it runs: closing this one alone would leave it the lock.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Writes who holds the lock, for the message that another process shows; the lock does not depend on it.
  private static func sign(_ descriptor: Int32) {
    let text = Array("\(getpid())\n".utf8)
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
  }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    return Int(text.prefix { $0.isNumber }).map { " by process \($0)" } ?? " by another process"
  }

  private static func unavailable(_ path: String, _ problem: Int32) -> JournalError {
    JournalError(
      .unavailable, "cannot open \(path): \(String(cString: strerror(problem))); check that the directory can be written")
  }
}
