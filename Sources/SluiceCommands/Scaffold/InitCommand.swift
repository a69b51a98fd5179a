// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI
import Foundation

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Adds a team: CodeLocations/NAME, its targets in Package.swift, its entry in workspace.yaml.",
    discussion: "The new team has one small asset with a check and a test. A team that exists is refused, and nothing is touched."
  )
  @Argument(help: "The team's name, such as 'trains' or 'rail_delays'.") var name: String
  @Option(help: "The root of the checkout.") var directory = "."
  @Option(help: "The workspace file, relative to the root.") var workspace = DaemonDefaults.workspace
  @Flag(help: "Answer in JSON, of the shape that docs/cli.md states.") var json = false

  func run() async throws {
    let names = try TeamNames(name)
    let result = try TeamScaffold(root: URL(fileURLWithPath: directory), workspace: workspace).add(names)
    if json { return Console.out(try ConnectionOptions.json(result)) }
    Console.out(
      """
      wrote \(result.files.map(\.shown).joined(separator: "\n      "))

      Next:
        swift test --filter \(names.library)Tests     # its own tests
        swift build --product \(names.executable)
        sluice dev                                   # picks it up, on port \(result.port)
        sluice materialize '\(names.location)/*' --wait
      """)
  }
}
