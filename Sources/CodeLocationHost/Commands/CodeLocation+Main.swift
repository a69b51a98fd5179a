// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
public import AssetKit

extension CodeLocation {
  /// Runs this location's executable: `serve` (unless told otherwise), `describe`, `validate`, `health`, `--version`.
  public static func main() async { await LocationCommand<Self>.main() }
}

/// The command of a team's executable.
struct LocationCommand<Location: CodeLocation>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: Location.name, abstract: "The code location '\(Location.name)'.",
      version: "\(Location.name) \(Location.version ?? "(unversioned)")",
      subcommands: [
        ServeCommand<Location>.self, DescribeCommand<Location>.self, ValidateCommand<Location>.self, HealthCommand<Location>.self,
      ],
      defaultSubcommand: ServeCommand<Location>.self)
  }
}
