// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A directory that is open, in which names are looked up one by one: no symbolic link below it is followed.
final class OpenDirectory: Sendable {
  let descriptor: Int32
  let path: String

  /// A directory where a search begins; links on the way to it are followed.
  init(root path: String) throws {
    self.path = path == "/" ? "" : path
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { throw StorageError.system("cannot open directory", path) }
  }

  /// A directory in another.
  init(_ name: String, in parent: OpenDirectory) throws {
    path = "\(parent.path)/\(name)"
    descriptor = openat(parent.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    if descriptor < 0 { throw StorageError.system("cannot open directory", path) }
  }

  deinit { close(descriptor) }

  /// What lies under a name; it may be something else by the time that it is opened.
  func kind(of name: String) throws -> FileKind {
    var status = stat()
    if fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) != 0 {
      throw StorageError.system("cannot open", "\(path)/\(name)")
    }
    return FileIdentity(status).kind
  }
}
