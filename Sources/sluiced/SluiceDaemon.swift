// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlPlaneDaemon
import Foundation
import Logging

@main
struct SluiceDaemon: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluiced", abstract: "The control plane of one workspace.",
    discussion: "Without a subcommand it serves: 'sluiced help serve' lists the options.", version: Daemon.version,
    subcommands: [ServeCommand.self, RestoreCommand.self], defaultSubcommand: ServeCommand.self)

  /// Says why nothing came of it; the exit code is 1.
  static func refuse(_ error: any Error) -> ExitCode {
    FileHandle.standardError.write(Data("sluiced: \(error)\n".utf8))
    return .failure
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

  @Option(help: "How the log is written, on standard error: 'text' for people, 'json' for programs, a line an entry.")
  var logFormat = LogFormat.text

  @Option(help: "The least level that is logged.")
  var logLevel = LogLevel.info

  enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }
  enum LogLevel: String, ExpressibleByArgument, CaseIterable { case trace, debug, info, notice, warning, error, critical }

  private func handler(_ label: String) -> any LogHandler {
    var handler: any LogHandler =
      switch logFormat {
      case .text: StreamLogHandler.standardError(label: label)
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
        descriptors: DescriptorBudget.raise())
      let daemon = try Daemon(configuration, logger: Logger(label: "sluiced"))
      try await daemon.run { port in
        // Not print: it keeps lines back where standard output is no terminal.
        FileHandle.standardOutput.write(Data("sluiced listens on http://\(host):\(port)\n".utf8))
      }
    } catch {
      throw SluiceDaemon.refuse(error)
    }
  }
}
