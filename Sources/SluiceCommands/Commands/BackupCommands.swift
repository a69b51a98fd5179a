// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI
import Foundation
import Subprocess
import SystemPackage

struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Has the daemon write a verified backup of its store, while it works.",
    discussion: """
      The daemon writes the file, on its own machine and as its own user; the name ends in '.sluice', and a file that is there is \
      never overwritten. It holds the journal and everything that is told from it; the teams' data is not in it.
      """)
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "The backup's file, such as /var/backups/sluice/monday.sluice.", completion: .file()) var file: String

  func run() async throws {
    let summary = try await connection.client.backUp(to: try target())
    try connection.print(summary) { summary, style in
      "\(style(.strong, "\(summary.file)")): \(summary.position) events, \(ByteText.of(summary.bytes)), "
        + (summary.verified ? style(.good, "verified") : style(.warning, "not verified"))
        + "\n" + style(.faint, "the way back: ") + "sluice restore \(shell: summary.file) --data-dir DIRECTORY"
    }
  }

  /// The daemon knows nothing of the directory that this command is run in.
  private func target() throws -> String {
    if file.utf8.first == UInt8(ascii: "/") { return file }
    let host = URL(string: connection.url)?.host() ?? ""
    guard host == "localhost" || host.hasPrefix("127.") || ["::1", "[::1]"].contains(host) else {
      throw ValidationError("'\(file)' is no absolute path: the daemon at \(connection.url) writes it on its own machine")
    }
    return URL(fileURLWithPath: file).standardizedFileURL.path
  }
}

struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Makes a backup the store of a data directory; needs no daemon.",
    discussion: """
      Everything is verified before anything changes. A directory that a daemon uses is refused, and one that has a store, too, \
      unless --replace puts that store aside. The daemon's executable does the work: the one that is to open the store.
      """)
  @Argument(help: "The backup, as 'sluice backup' has written it.", completion: .file()) var file: String
  @Option(help: "The data directory; it is made where it is not there.") var dataDir: String
  @Flag(help: "Put a store that is there aside, into a folder of the data directory.") var replace = false
  @Flag(help: "Answer in JSON, of the shape that docs/cli.md states.") var json = false
  @Option(help: "The daemon's executable; the one beside this program without it.") var daemon: String?

  func run() async throws {
    let arguments =
      ["restore", "--data-dir", dataDir] + (replace ? ["--replace"] : []) + (json ? ["--json"] : []) + ["--", file]
    let result = try await Subprocess.run(
      .path(FilePath(try DaemonExecutable.path(daemon))), arguments: Arguments(arguments), input: .none,
      output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
      error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false))
    guard result.terminationStatus.isSuccess else { throw Exit(status: .failure) }
  }
}
