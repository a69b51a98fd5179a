// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file descriptor, closed when it is let go.
final class OpenFile: Sendable {
  private let descriptor: Int32
  private let path: String

  init(_ path: String, _ flags: Int32, mode: mode_t = 0o644) throws {
    descriptor = open(path, flags | O_CLOEXEC, mode)
    self.path = path
    if descriptor < 0 { throw StorageError.system("cannot open", path) }
  }

  /// A file in a directory that is open; a symbolic link is not followed, and nothing waits for a FIFO's other end.
  init(_ name: String, in directory: OpenDirectory) throws {
    path = "\(directory.path)/\(name)"
    descriptor = openat(directory.descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    if descriptor < 0 { throw StorageError.system("cannot open", path) }
  }

  deinit { close(descriptor) }

  func write(_ bytes: some Collection<UInt8>) throws {
    let isContiguous: Void? = try bytes.withContiguousStorageIfAvailable { try write(UnsafeRawBufferPointer($0)) }
    if isContiguous == nil { try Array(bytes).withUnsafeBytes { try write($0) } }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let count = systemWrite(part)
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw StorageError.system("cannot write", path) }
      rest = rest.dropFirst(count)
    }
  }

  private func systemWrite(_ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #elseif canImport(Musl)
      Musl.write(descriptor, bytes.baseAddress, bytes.count)
    #else
      Darwin.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }

  /// The bytes from a place in the file on, at most ``EncodingLimits/chunkBytes``; empty at the end.
  func read(at offset: Int64) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: EncodingLimits.chunkBytes) { buffer, count in
      repeat { count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)) } while count < 0 && errno == EINTR
      if count < 0 {
        count = 0
        throw StorageError.system("cannot read", path)
      }
    }
  }

  func sync() throws {
    if fsync(descriptor) != 0 { throw StorageError.system("cannot sync", path) }
  }

  func identity() throws -> FileIdentity {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw StorageError.system("cannot examine", path) }
    return FileIdentity(status)
  }

  func protectFromWriting() throws {
    if fchmod(descriptor, 0o444) != 0 { throw StorageError.system("cannot protect", path) }
  }

  /// Takes the lock, which ends with this object; false where somebody else has it.
  func lock() throws -> Bool {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      if errno != EINTR { throw StorageError.system("cannot lock", path) }
    }
    return true
  }
}
