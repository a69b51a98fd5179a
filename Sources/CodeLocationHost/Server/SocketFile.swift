// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The file of a Unix socket, which outlives a server that was killed.
package enum SocketFile {
  /// Removes a socket on which nobody listens any more, so that a server can be started again at the same path.
  ///
  /// Anything else at the path is left alone: listening there will fail, and say so.
  static func clear(_ path: String) {
    guard isSocket(path), !isAnswered(path) else { return }
    unlink(path)
  }

  /// Leaves the socket to its user alone, whatever the umask.
  ///
  /// - Throws: ``ListenRefusal``.
  static func restrict(_ path: String) throws(ListenRefusal) {
    guard chmod(path, 0o600) == 0 else {
      throw ListenRefusal("the mode of the socket \(path) cannot be set: \(String(cString: strerror(errno)))")
    }
  }

  /// Who can write the directory can put a socket of their own in the place of ours.
  ///
  /// - Throws: ``ListenRefusal``, naming the directory and its mode.
  package static func checkDirectory(of path: String) throws(ListenRefusal) {
    // By bytes, as the system looks for it: a mark behind a slash makes another character of it.
    let directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
    let place = directory.isEmpty ? "/" : directory
    let resolved = URL(fileURLWithPath: place).resolvingSymlinksInPath().path
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: resolved),
      let mode = attributes[.posixPermissions] as? Int, let owner = attributes[.ownerAccountID] as? UInt32
    else { throw ListenRefusal("the directory \(place) cannot be looked at\n  mend: create it, or name another") }
    guard mode & 0o022 == 0 else {
      throw ListenRefusal(
        "others can write the directory \(place), whose mode is 0\(String(mode, radix: 8))\n"
          + "  mend: chmod go-w \(ShellWord(place)), or name a socket in a directory of your own")
    }
    guard owner == geteuid() || owner == 0 else {
      throw ListenRefusal(
        "the directory \(place) is user \(owner)'s\n  mend: name a socket in a directory of your own")
    }
  }

  private static func isSocket(_ path: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType) == .typeSocket
  }

  private static func isAnswered(_ path: String) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard path.utf8.count < room.count else { return false }
      room.copyBytes(from: path.utf8)
      return true
    }
    guard fits else { return true }
    #if canImport(Glibc)
      let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let socket = socket(AF_UNIX, SOCK_STREAM, 0)
    #endif
    guard socket >= 0 else { return true }
    defer { close(socket) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }
}

/// Why a server does not listen: what others could do there, and the mend.
package struct ListenRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
