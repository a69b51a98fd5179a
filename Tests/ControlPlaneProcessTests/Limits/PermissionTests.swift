// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import Testing

extension ProcessTests {
  /// Who may read what a daemon writes, whatever it was started with.
  @Suite struct PermissionTests {
    private func mode(_ url: URL) throws -> Int {
      try #require(FileManager.default.attributesOfItem(atPath: url.path())[.posixPermissions] as? Int)
    }

    @Test(arguments: ["umask 0", "umask 022", "umask 0777"])
    func `state and backups are their owner's alone under any mask`(shell: String) async throws {
      try await Site.with { site in
        let daemon = try site.daemon("d", shell: shell)
        try await daemon.becomes(.leading)
        let backup = site.home.appending(path: "b.sluice")
        _ = try await daemon.client.backUp(to: backup.path())
        #expect(try mode(backup) == 0o600)
        #expect(try mode(site.state("d")) == 0o700)
        let files = try FileManager.default.contentsOfDirectory(at: site.state("d"), includingPropertiesForKeys: nil)
        let names = Set(files.map(\.lastPathComponent))
        #expect(names.isSuperset(of: ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"]), "\(names)")
        for file in files { #expect(try mode(file) == 0o600, "\(file.lastPathComponent)") }
        #expect(!daemon.child.output.contains("others can"), "\(daemon.child.output)")
        try await daemon.child.end()

        let restored = site.home.appending(path: "restored")
        let result = try await Child.run(
          "/bin/sh",
          [
            "-c", "\(shell); exec \"$0\" restore \"$@\"", Child.products.appending(path: "sluiced").path(), backup.path(),
            "--data-dir", restored.path(),
          ])
        #expect(result.status == 0, "\(result.text)")
        #expect(try mode(restored) == 0o700)
        #expect(try mode(restored.appending(path: "journal.sqlite")) == 0o600)
      }
    }

    @Test func `a directory that others can write is refused at start, and one that they can read is taken`() async throws {
      try await Site.with { site in
        let state = site.state("d")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: state.path())
        let refused = try site.daemon("d")
        try await eventually("the refusal") { refused.child.isRunning ? nil : () }
        for part in ["mode 0777", "chmod go-w", state.lastPathComponent] {
          #expect(refused.child.output.contains(part), "\(refused.child.output)")
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: state.path())
        let daemon = try site.daemon("d")
        try await daemon.becomes(.leading)
        #expect(daemon.child.output.contains("mode 0755") && daemon.child.output.contains("chmod 700"), "\(daemon.child.output)")
        #expect(try mode(state.appending(path: "journal.sqlite")) == 0o600)
        try await daemon.child.end()
      }
    }
  }
}
