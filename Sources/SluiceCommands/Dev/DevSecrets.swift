// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Glibc
package import Workspace

/// The secrets that `sluice dev` makes: a file for each location below the data directory, kept over restarts.
package struct DevSecrets: Hashable, Sendable {
  /// Where the files lie, each of the name of its location.
  package let directory: String

  package init(dataDirectory: String) {
    directory = URL(fileURLWithPath: dataDirectory).appending(path: "secrets").standardizedFileURL.path
  }

  /// Makes what is missing: for each location that names an executable and listens on a port, and has no secret of its own.
  ///
  /// - Throws: ``CommandFailure`` where a file cannot be written.
  package func make(for file: WorkspaceFile) throws {
    for location in file.locations where location.executable != nil && location.secretFile == nil {
      guard case .secretFile(let path) = file.credential(of: location, secrets: directory) else { continue }
      try make(path)
    }
  }

  private func make(_ path: String) throws {
    let manager = FileManager.default
    guard !manager.fileExists(atPath: path) else { return }
    do {
      let parent = URL(fileURLWithPath: directory).deletingLastPathComponent().path
      try manager.createDirectory(atPath: parent, withIntermediateDirectories: true)
      if !manager.fileExists(atPath: directory) {
        try manager.createDirectory(atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      }
    } catch {
      throw CommandFailure("\(directory) cannot be made: \(error.localizedDescription)", mend: "let this user write there")
    }
    let part = path + ".new"
    unlink(part)
    // Nobody else can read it at any moment, and it appears whole.
    let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    let text = Self.secret()
    let isWritten = descriptor >= 0 && write(descriptor, text, text.count) == text.count && fsync(descriptor) == 0
    let reason = String(cString: strerror(errno))
    if descriptor >= 0 { close(descriptor) }
    guard isWritten, rename(part, path) == 0 else {
      throw CommandFailure("the secret \(path) cannot be made: \(reason)", mend: "let this user write there")
    }
  }

  /// 32 bytes of the system's randomness, as text.
  private static func secret() -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    let digits = (0..<4).map { _ in
      let digits = String(UInt64.random(in: .min ... .max, using: &random), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return Array((digits.joined() + "\n").utf8)
  }
}
