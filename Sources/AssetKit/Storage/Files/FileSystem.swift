// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Storage refused: what was tried, on which path, and why.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }

  /// With the text of `errno` as it is now.
  static func system(_ what: String, _ path: String) -> StorageError {
    StorageError("\(what) \(path): \(String(cString: strerror(errno)))")
  }
}

/// The few file operations that storage is made of; the only place that calls the system.
enum FileSystem {
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Makes a directory and its parents.
  ///
  /// - Parameter durably: whether a new one is there for good when this returns.
  static func makeDirectory(_ path: String, durably: Bool = true) throws {
    if mkdir(path, 0o755) == 0 { return durably ? try sync(directory: parent(of: path)) : () }
    if errno == EEXIST { return }
    guard errno == ENOENT, path != "/" else { throw StorageError.system("cannot make directory", path) }
    try makeDirectory(parent(of: path), durably: durably)
    try makeDirectory(path, durably: durably)
  }

  /// Makes the entries of a directory durable.
  static func sync(directory path: String) throws {
    try OpenFile(path, O_RDONLY | O_DIRECTORY).sync()
  }

  static func rename(_ path: String, to target: String) throws {
    if Self.renamed(path, target) != 0 { throw StorageError.system("cannot rename \(path) to", target) }
  }

  private static func renamed(_ path: String, _ target: String) -> Int32 {
    #if canImport(Glibc)
      Glibc.rename(path, target)
    #elseif canImport(Musl)
      Musl.rename(path, target)
    #else
      Darwin.rename(path, target)
    #endif
  }

  /// Points a symbolic link at a target, atomically.
  static func link(_ path: String, to target: String) throws {
    let temporary = "\(path).\(target).new"
    if unlink(temporary) != 0, errno != ENOENT { throw StorageError.system("cannot remove", temporary) }
    if symlink(target, temporary) != 0 { throw StorageError.system("cannot link", temporary) }
    try rename(temporary, to: path)
  }

  /// What a symbolic link points at; nil when there is none.
  static func target(of path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    return count < 0 ? nil : String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The names in a directory, sorted; none when it does not exist.
  static func names(in path: String) throws -> [String] {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return [] }
      throw StorageError.system("cannot list", path)
    }
    defer { closedir(directory) }
    var result: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { result.append(name) }
    }
    return result.sorted()
  }

  /// Removes a file, a link or a whole directory; nothing there is no error.
  static func remove(_ path: String) throws {
    if unlink(path) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else { throw StorageError.system("cannot remove", path) }
    for name in try names(in: path) { try remove("\(path)/\(name)") }
    if rmdir(path) != 0, errno != ENOENT { throw StorageError.system("cannot remove", path) }
  }

  /// Makes a symbolic link whose text is not a path; unlike a small file it is never seen half written.
  static func note(_ text: String, at path: String) throws {
    try remove(path)
    if symlink(text, path) != 0 { throw StorageError.system("cannot write", path) }
  }

  /// Writes a small file under another name, then renames it: it is never seen half written, but may be lost with the machine.
  static func replace(_ path: String, with bytes: some Collection<UInt8>) throws {
    let temporary = "\(path).new"
    try OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC).write(bytes)
    try rename(temporary, to: path)
  }

  /// Writes a small file whose bytes are durable; its name is when its directory is synced.
  static func create(_ path: String, with bytes: some Collection<UInt8>) throws {
    let file = try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC)
    try file.write(bytes)
    try file.sync()
  }

  static func read(_ path: String) throws -> [UInt8] {
    let file = try OpenFile(path, O_RDONLY)
    var result: [UInt8] = []
    while case let chunk = try file.read(), !chunk.isEmpty { result.append(contentsOf: chunk) }
    return result
  }

  /// When a file was last changed, in seconds since 1970; nil when it is not there.
  static func changed(_ path: String) -> Double? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      return Double(status.st_mtimespec.tv_sec) + Double(status.st_mtimespec.tv_nsec) / 1e9
    #else
      return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
    #endif
  }

  /// Does something while no other process or thread does something under the same directory's lock.
  static func locking<Result>(directory path: String, _ body: () throws -> Result) throws -> Result {
    let directory = try OpenFile(path, O_RDONLY | O_DIRECTORY)
    try directory.lock()
    return try body()
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }
}

/// A file descriptor, closed when it is let go.
final class OpenFile: Sendable {
  private let descriptor: Int32
  private let path: String

  init(_ path: String, _ flags: Int32) throws {
    descriptor = open(path, flags | O_CLOEXEC, 0o644)
    self.path = path
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

  /// The next bytes; empty at the end.
  func read() throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: EncodingLimits.chunkBytes) { buffer, count in
      repeat { count = max(-1, systemRead(buffer)) } while count < 0 && errno == EINTR
      if count < 0 {
        count = 0
        throw StorageError.system("cannot read", path)
      }
    }
  }

  private func systemRead(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, buffer.baseAddress, buffer.count)
    #elseif canImport(Musl)
      Musl.read(descriptor, buffer.baseAddress, buffer.count)
    #else
      Darwin.read(descriptor, buffer.baseAddress, buffer.count)
    #endif
  }

  func sync() throws {
    if fsync(descriptor) != 0 { throw StorageError.system("cannot sync", path) }
  }

  func size() throws -> Int64 {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw StorageError.system("cannot examine", path) }
    return Int64(status.st_size)
  }

  func protectFromWriting() throws {
    if fchmod(descriptor, 0o444) != 0 { throw StorageError.system("cannot protect", path) }
  }

  /// Waits for the lock, which ends with this object.
  func lock() throws {
    while flock(descriptor, LOCK_EX) != 0 {
      if errno != EINTR { throw StorageError.system("cannot lock", path) }
    }
  }
}
