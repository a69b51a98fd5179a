// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The directories below which a reader opens files, as its operator states them.
///
/// A locator names what somebody else's code chose. So a file is opened only below one of these, and only when no symbolic link lies on the
/// way from there to it; links on the way to the root itself are the operator's own. The setting ``setting`` adds to the roots of the
/// location's own storage.
struct ReadRoots: Hashable, Sendable {
  static let setting = "SLUICE_READ_ROOTS"

  /// Absolute, the longest first: of two that hold a file, the more specific one is meant.
  let paths: [String]

  /// - Parameter paths: relative ones are taken from the working directory.
  init(_ paths: [String]) {
    let whole = Set(paths.map { URL(fileURLWithPath: $0).standardizedFileURL.path })
    self.paths = whole.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
  }

  /// The roots that a configuration states.
  ///
  /// - Throws: ``ConfigurationError`` for one that is no absolute path.
  init(stated configuration: Configuration, in setting: String = Self.setting) throws {
    var paths: [String] = []
    let slash = UInt8(ascii: "/")
    for path in try configuration.optional(setting)?.utf8.split(separator: UInt8(ascii: ":")).map({ String(Substring($0)) }) ?? []
    {
      // By bytes, as the system reads it: a mark behind a slash makes another character of it.
      guard path.utf8.first == slash, !path.utf8.split(separator: slash).contains(where: { $0.elementsEqual("..".utf8) }) else {
        throw ConfigurationError(
          "\(setting) names '\(path.quoted)', which is no absolute path without '..': name whole directories, separated by colons"
        )
      }
      paths.append(path)
    }
    self.init(paths)
  }

  func adding(_ others: [String]) -> ReadRoots { ReadRoots(paths + others) }

  /// Opens a regular file below one of the roots, without waiting for anything.
  ///
  /// - Throws: ``InputError``, which may be tried again where a file or root is not there, and not where it is refused.
  func open(_ uri: FileURI) throws -> OpenFile {
    guard let (root, below) = place(of: uri) else { throw outside(uri) }
    do {
      return try walk(from: OpenDirectory(root: root), along: below)
    } catch let error as StorageError {
      throw InputError("\(error)", isRetryable: true)
    }
  }

  /// The root that holds a path, and the components from there.
  private func place(of uri: FileURI) -> (root: String, below: ArraySlice<String>)? {
    for root in paths {
      if let below = Self.components(of: uri, below: root) { return (root, below) }
    }
    // A root that lies behind a link may be named by either path.
    for root in paths {
      if let real = FileSystem.real(root), let below = Self.components(of: uri, below: real) { return (root, below) }
    }
    return nil
  }

  /// Compares bytes, as file systems do, and not characters.
  private static func components(of uri: FileURI, below root: String) -> ArraySlice<String>? {
    let names = root.utf8.split(separator: UInt8(ascii: "/"))
    guard uri.components.count > names.count, zip(uri.components, names).allSatisfy({ $0.utf8.elementsEqual($1) }) else {
      return nil
    }
    return uri.components.dropFirst(names.count)
  }

  private func walk(from root: OpenDirectory, along names: ArraySlice<String>) throws -> OpenFile {
    guard let last = names.last else { throw StorageError("\(root.path) is a directory") }
    var directory = root
    for name in names.dropLast() {
      do {
        directory = try OpenDirectory(name, in: directory)
      } catch {
        try demand(.directory, name, in: directory)
        throw error
      }
    }
    // Asked before it is opened, too: opening a device may do something.
    try demand(.regular, last, in: directory)
    let file = try OpenFile(last, in: directory)
    // What lay there a moment ago need not be what was opened.
    let kind = try file.identity().kind
    guard kind == .regular else { throw refused("\(directory.path)/\(last)", kind) }
    return file
  }

  private func demand(_ wanted: FileKind, _ name: String, in directory: OpenDirectory) throws {
    let found = try directory.kind(of: name)
    if found != wanted { throw refused("\(directory.path)/\(name)", found) }
  }

  private func refused(_ path: String, _ kind: FileKind) -> InputError {
    let fix = kind == .link ? "; state a root below the link (\(Self.setting)), or name the path without it" : ""
    return InputError(
      "'\(path.quoted)' is refused: it is \(kind.rawValue), and only regular files are read, below \(list), with no symbolic link on the way\(fix)",
      isRetryable: false)
  }

  private func outside(_ uri: FileURI) -> InputError {
    let stated =
      paths.isEmpty ? "this location may read no directory" : "it is not below a directory that this location may read: \(list)"
    return InputError(
      "'\(uri.path.quoted)' is refused: \(stated). Where it is another team's storage, add that to the setting \(Self.setting) of this "
        + "location (absolute directories, separated by colons)", isRetryable: false)
  }

  private var list: String { paths.joined(separator: ", ").quoted }
}
