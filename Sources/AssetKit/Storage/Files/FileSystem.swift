// SPDX-License-Identifier: Apache-2.0

import AssetModel
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
  /// - Parameters:
  ///   - durably: whether a new one is there for good when this returns.
  ///   - mode: that of a new one, not of its parents.
  static func makeDirectory(_ path: String, durably: Bool = true, mode: mode_t = 0o755) throws {
    if mkdir(path, mode) == 0 { return durably ? try sync(directory: parent(of: path)) : () }
    if errno == EEXIST { return }
    guard errno == ENOENT, path != "/" else { throw StorageError.system("cannot make directory", path) }
    try makeDirectory(parent(of: path), durably: durably)
    try makeDirectory(path, durably: durably, mode: mode)
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

  /// A path without symbolic links; nil when nothing is there.
  static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The names in a directory, sorted; none when it does not exist.
  ///
  /// - Returns: as many as are asked for, and whether there are more.
  static func names(in path: String, atMost limit: Int = .max) throws -> (names: [String], hasMore: Bool) {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return ([], false) }
      throw StorageError.system("cannot list", path)
    }
    defer { closedir(directory) }
    var result: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name == "." || name == ".." { continue }
      if result.count == limit { return (result.sorted(), true) }
      result.append(name)
    }
    return (result.sorted(), false)
  }

  /// Removes a file, a link or a whole directory; nothing there is no error.
  static func remove(_ path: String) throws {
    if unlink(path) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else { throw StorageError.system("cannot remove", path) }
    for name in try names(in: path).names { try remove("\(path)/\(name)") }
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

  /// Reads a small file, without waiting for what is none, such as a FIFO.
  ///
  /// - Parameter name: that of the limit, for the error.
  static func read(_ path: String, atMost limit: Int, _ name: String) throws -> [UInt8] {
    let file = try OpenFile(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
    guard try file.identity().kind == .regular else { throw StorageError("\(path) is no regular file") }
    var result: [UInt8] = []
    while case let chunk = try file.read(at: Int64(result.count)), !chunk.isEmpty {
      result.append(contentsOf: chunk)
      if result.count > limit { throw StorageError("\(path) is longer than \(limit) bytes (\(name)): remove it") }
    }
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

  /// Notes a time as that of a file's last change.
  static func touch(_ path: String, at time: Timestamp) throws {
    let microseconds = time.microseconds &- time.seconds &* 1_000_000
    let moment = timespec(tv_sec: .init(time.seconds), tv_nsec: .init(microseconds &* 1_000))
    if utimensat(AT_FDCWD, path, [moment, moment], 0) != 0 { throw StorageError.system("cannot note the time of", path) }
  }

  static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }
}
