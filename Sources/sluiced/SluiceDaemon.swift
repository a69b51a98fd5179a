// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneDaemon
import Foundation
import Logging

@main
struct SluiceDaemon: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluiced", abstract: "The control plane of one workspace.",
    discussion: "Without a subcommand it serves: 'sluiced help serve' lists the options.", version: Daemon.version,
    subcommands: [ServeCommand.self, RestoreCommand.self], defaultSubcommand: ServeCommand.self)

  /// Says why nothing came of it; the exit code is 69 where the port is taken, and 1 otherwise.
  static func refuse(_ error: any Error) -> ExitCode {
    say("sluiced: " + Shown(error) + "\n", to: .standardError)
    return (error as? APIServerRefusal)?.isTaken == true ? ExitCode(69) : .failure
  }

  /// Not print: it keeps lines back where standard output is no terminal. A reader that went away ends no daemon.
  static func say(_ text: Shown, to handle: FileHandle = .standardOutput) {
    try? handle.write(contentsOf: Data(text.text.utf8))
  }
}

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Runs the control plane until SIGTERM.",
    discussion: "Serves the API on loopback, keeps everything under one data directory, and reloads the workspace on SIGHUP.")

  @Option(help: "The workspace file.")
  var workspace = "workspace.yaml"

  @Option(help: "Where the daemon keeps its state.")
  var dataDir = ".sluice"

  @Option(
    help: "Where the journal is: 'sqlite', in the data directory, or a PostgreSQL database as libpq names it, postgresql://…")
  var store = "sqlite"

  @Option(help: "Where the API binds; beyond loopback only with a token in SLUICE_TOKEN.")
  var host = "127.0.0.1"

  @Option(help: "The API's port.")
  var port = DaemonConfiguration.defaultPort

  @Option(
    help: "A directory with the secrets of locations whose entry has no 'secret_file': a file for each, of the location's name.")
  var secretsDir: String?

  @Option(help: "How the log is written, on standard error: 'text' for people, 'json' for programs, a line an entry.")
  var logFormat = LogFormat.text

  @Option(help: "The least level that is logged.")
  var logLevel = LogLevel.info

  enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }
  enum LogLevel: String, ExpressibleByArgument, CaseIterable { case trace, debug, info, notice, warning, error, critical }

  private func handler(_ label: String) -> any LogHandler {
    var handler: any LogHandler =
      switch logFormat {
      case .text: StreamLogHandler(label: label, stream: EntryStream { SluiceDaemon.say($0, to: .standardError) })
      case .json: JSONLogHandler(label: label)
      }
    handler.logLevel = Logger.Level(rawValue: logLevel.rawValue) ?? .info
    return handler
  }

  func run() async throws {
    LoggingSystem.bootstrap(handler)
    do {
      let configuration = DaemonConfiguration(
        workspace: workspace, dataDirectory: URL(fileURLWithPath: dataDir), store: try StoreChoice(store), host: host, port: port,
        token: ProcessInfo.processInfo.environment["SLUICE_TOKEN"].flatMap { $0.isEmpty ? nil : $0 },
        secretsDirectory: secretsDir, descriptors: DescriptorBudget.raise())
      let daemon = try Daemon(configuration, logger: Logger(label: "sluiced"))
      try await daemon.run { port in
        SluiceDaemon.say("sluiced listens on \(configuration.url(port: port))\n")
      }
    } catch {
      throw SluiceDaemon.refuse(error)
    }
  }
}
