// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation

/// The process that listens on a port of this machine, as far as the system tells.
package struct PortHolder: Hashable, Sendable {
  package let process: Int
  package let name: String

  /// nil where nobody listens there, or it is another user's process.
  package init?(of port: Int) {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { Self.text(of: $0) }
    let sockets = Set(tables.flatMap { Self.listening(on: port, in: $0) }.map { "socket:[\($0)]" })
    guard !sockets.isEmpty, let process = Self.processes.first(where: { Self.holds($0, sockets) }) else { return nil }
    self.process = process
    name = (Self.text(of: "/proc/\(process)/comm") ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
  }

  package var shown: Shown { "process \(process)" + (name.isEmpty ? "" : " (\(name))") }

  /// The numbers of the sockets that listen on a port, by a table of the system: a line each of `local address:port` in hexadecimal, a
  /// state of which 0A is listening, and in the tenth place the socket's number.
  package static func listening(on port: Int, in table: String) -> [UInt64] {
    table.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 9, fields[3] == "0A", let local = fields[1].split(separator: ":").last, Int(local, radix: 16) == port
      else { return nil }
      return UInt64(fields[9])
    }
  }

  private static var processes: [Int] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int($0) }.sorted()
  }

  private static func holds(_ process: Int, _ sockets: Set<String>) -> Bool {
    let folder = "/proc/\(process)/fd"
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.contains { file in
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(file)")).map(sockets.contains) ?? false
    }
  }

  /// Of what the system makes as it is read: it has no size to go by.
  private static func text(of path: String) -> String? {
    guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd() else { return nil }
    return String(decoding: data, as: UTF8.self)
  }
}
