// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI
import Foundation
import Workspace

struct DevCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dev", abstract: "Starts the daemon and every location that names an executable; Ctrl-C stops all.",
    discussion: """
      Lines of the processes come prefixed by their location. One that ends is started again with backoff; one that is built anew \
      finishes what it runs and is replaced, and one that is not built yet is started once it is. Where a port is taken by somebody \
      else, everything ends, and says by whom. An edit of the \
      workspace file takes effect within a second: locations are started, stopped and replaced, and the daemon reloads; a \
      broken edit changes nothing. On Ctrl-C the locations finish what they run, within their grace, and then the daemon ends; a \
      second one ends all at once. Should 'sluice dev' itself be killed, a watchdog ends what it left.
      """)
  @Option(help: "The workspace file.") var workspace = DaemonDefaults.workspace
  @Option(help: "Where state and the teams' data are kept.") var dataDir = DaemonDefaults.dataDirectory
  @Option(help: "The daemon's port on the loopback interface.") var port = DaemonDefaults.port
  @Option(help: "The daemon's executable; the one beside this program without it.") var daemon: String?

  func validate() throws {
    guard (1...65_535).contains(port) else { throw ValidationError("--port is a number from 1 to 65535") }
  }

  func run() async throws {
    let settings = DevSettings(
      workspace: workspace, dataDirectory: dataDir, port: port, daemon: try DaemonExecutable.path(daemon))
    let data = FileManager.default.contents(atPath: workspace)
    let file = try WorkspaceFile.read(workspace)
    if (try? await ControlPlaneClient(url: settings.url, deadline: .seconds(2)).status()) != nil {
      throw CommandFailure(
        "a control plane answers at \(settings.url) already", mend: "stop that one, or choose another with --port")
    }
    try makeDataDirectory()
    let names = [DevSettings.daemonName] + file.locations.map(\.name.description)
    let printer = LinePrinter(width: names.map(\.count).max() ?? 0, style: .out, write: Console.out)
    try await Supervisor(settings: settings, printer: printer).run(file, text: String(decoding: data ?? Data(), as: UTF8.self))
  }

  /// A location that came first would make it as it makes its own directories, and the daemon takes none that others can write.
  private func makeDataDirectory() throws {
    guard !FileManager.default.fileExists(atPath: dataDir) else { return }
    try FileManager.default.createDirectory(
      atPath: dataDir, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }
}
