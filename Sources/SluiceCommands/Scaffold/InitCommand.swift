// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI
import Foundation

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract:
      "Adds a team: CodeLocations/NAME, its targets in Package.swift, its entry in workspace.yaml; or a package of its own.",
    discussion: """
      The new team has one small asset with a check and a test. A team that exists is refused, and nothing is touched.

      With --package DIR nothing is added to this checkout. DIR becomes a package that depends on Sluice, for a repository of \
      the team's own: with tests, a script for continuous integration, a workspace for trying it out, and a Containerfile.
      """)
  @Argument(help: "The team's name, such as 'trains' or 'rail_delays'.") var name: String
  @Option(help: "The root of the checkout.") var directory = "."
  @Option(help: "The workspace file, relative to the root.") var workspace = DaemonDefaults.workspace
  @Option(help: "Write a package of the team's own into this folder, which is not there yet or is empty.") var package: String?
  @Option(
    help: "Where that package takes Sluice from: a git URL, or the path of a checkout; the checkout, unless said otherwise.")
  var sluice: String?
  @Option(help: "The oldest release of Sluice that will do, of a git URL; this one, unless said otherwise.")
  var release: String?
  @Flag(help: "Answer in JSON, of the shape that docs/cli.md states.") var json = false

  func validate() throws {
    guard package == nil else { return }
    for (option, value) in [("--sluice", sluice), ("--release", release)] where value != nil {
      throw ValidationError("\(option) is for a package of the team's own: add --package DIR")
    }
  }

  func run() async throws {
    let names = try TeamNames(name)
    guard let package else { return try add(names) }
    let folder = URL(fileURLWithPath: package)
    let scaffold = try PackageScaffold(
      folder: folder, place: sluice ?? directory, version: release ?? SluiceVersion.current)
    let result = try scaffold.write(names)
    if json { return Console.out(try ConnectionOptions.json(result)) }
    Console.out(
      """
      wrote \(result.files.map { Shown("\(package)/\($0)") }.joined(separator: "\n      "))

      Next:
        cd \(shell: package)
        ./ci.sh                                      # builds, tests, validates
        sluice dev                                   # a daemon and the new location, on port \(result.port)
        sluice materialize '\(names.location)/*' --wait
      """)
    if case .checkout(let path) = scaffold.source {
      Console.out(
        """

        Package.swift takes Sluice from \(shell: path), a path of this machine. To build it elsewhere, name a release there:
          \(SluiceSource.release(url: "https://…/sluice.git", version: SluiceVersion.current).dependency)
        """)
    }
  }

  private func add(_ names: TeamNames) throws {
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
