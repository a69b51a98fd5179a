// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What one process or thread at a time has of an asset partition.
///
/// It is a file that only the storage's owner can open, and not the partition's directory: whoever may read that could lock it, and hold
/// up every settlement for as long as they like.
enum SettlementLock {
  /// Does something while nobody else does something under the same lock.
  ///
  /// - Throws: ``StorageError`` where the lock is not to be had within a time.
  static func holding<Result>(_ path: String, within patience: Duration, _ body: () throws -> Result) throws -> Result {
    // Made anew where it was taken away: nothing is lost with it.
    try FileSystem.makeDirectory(FileSystem.parent(of: path), durably: false, mode: 0o700)
    let file = try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: 0o600)
    guard try file.identity().kind == .regular else { throw StorageError("\(path) is no regular file: remove it") }
    let deadline = SuspendingClock.now + patience
    var pause: UInt32 = 1_000
    while try !file.lock() {
      guard .now < deadline else {
        throw StorageError(
          "\(path) was locked by another process for \(patience) (lockPatience): see who has it with 'lsof'; it can be tried again"
        )
      }
      usleep(pause)
      pause = min(pause &* 2, StorageLimits.lockPause)
    }
    return try body()
  }
}
