// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What lies under a name in a directory.
enum FileKind: String {
  case regular = "a regular file"
  case directory = "a directory"
  case link = "a symbolic link"
  case fifo = "a FIFO"
  case socket = "a socket"
  case device = "a device"
}

/// Tells an open file from another, and from itself after a change.
struct FileIdentity: Hashable, Sendable {
  let kind: FileKind
  let size: Int64
  private let device: UInt64
  private let inode: UInt64
  /// When its contents and its attributes were last changed, in seconds and nanoseconds.
  private let changes: [Int64]

  init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFLNK: .link
      case S_IFIFO: .fifo
      case S_IFSOCK: .socket
      default: .device
      }
    size = Int64(status.st_size)
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    #if canImport(Darwin)
      let instants = [status.st_mtimespec, status.st_ctimespec]
    #else
      let instants = [status.st_mtim, status.st_ctim]
    #endif
    changes = instants.flatMap { [Int64($0.tv_sec), Int64($0.tv_nsec)] }
  }
}
