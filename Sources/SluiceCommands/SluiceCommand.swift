// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import AssetModel
import ControlPlaneAPI
import Foundation
import Workspace

/// The root of the command line.
package struct SluiceCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "sluice",
    abstract: "Runs teams' assets behind gates: a version flows on only after its checks have passed.",
    discussion: "Start everything on this machine with 'sluice dev'. Exit codes and JSON shapes: docs/cli.md.",
    version: SluiceVersion.current,
    groupedSubcommands: [
      CommandGroup(name: "Working", subcommands: [DevCommand.self, InitCommand.self, ValidateCommand.self]),
      CommandGroup(
        name: "Assets",
        subcommands: [
          AssetsCommand.self, AssetCommand.self, PartitionsCommand.self, VersionsCommand.self, WhyCommand.self,
          ChecksCommand.self,
          PreviewCommand.self,
        ]),
      CommandGroup(
        name: "Runs",
        subcommands: [
          MaterializeCommand.self, RunsCommand.self, RunCommand.self, LogsCommand.self, CancelCommand.self, SchedulesCommand.self,
        ]),
      CommandGroup(
        name: "Control plane",
        subcommands: [
          StatusCommand.self, LocationsCommand.self, ReloadCommand.self, BackupCommand.self, RestoreCommand.self,
          DevWatchdogCommand.self,
        ]),
    ])

  package init() {}

  /// Parses the process's arguments, runs the command and gives back what to exit with; everything has been printed.
  package static func execute(_ arguments: [String]) async -> Int32 {
    if let complaint = unknownCommand(arguments.first) {
      Console.error(complaint)
      return ExitStatus.usage.rawValue
    }
    do {
      var command = try parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return ExitStatus.ok.rawValue
    } catch let exit as Exit {
      return exit.status.rawValue
    } catch  where isParserError(error) {
      // A page of help has lines; where an argument has some, too, they could pass for the page's own.
      let message = fullMessage(for: error)
      let text = arguments.contains { $0.unicodeScalars.contains("\n") } ? Shown(message) : Shown(page: message)
      exitCode(for: error).isSuccess ? Console.out(text) : Console.error(text)
      return exitCode(for: error).rawValue
    } catch {
      Console.error("error: " + Shown(error))
      return ExitStatus(error).rawValue
    }
  }

  /// What to say of a first word that is no command and no option.
  private static func unknownCommand(_ word: String?) -> Shown? {
    guard let word, !word.hasPrefix("-") else { return nil }
    let hidden = ["help", "dev-watchdog"]
    let commands = configuration.groupedSubcommands.flatMap(\.subcommands).compactMap { $0.configuration.commandName }
    if (commands + hidden).contains(word) { return nil }
    let meant: Shown = Spelling.closest(to: word, among: commands).map { ": did you mean '\($0)'?" } ?? ""
    return "error: there is no command '\(word)'\(meant)\n  mend: 'sluice help' lists the commands"
  }

  /// Whether an error is the parser's own: a malformed command line, or a request for help.
  private static func isParserError(_ error: any Error) -> Bool {
    error is ValidationError || error is CleanExit || String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
  }
}

/// The version of this build.
package enum SluiceVersion {
  package static let current = "0.1.0"
}
