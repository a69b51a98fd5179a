// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneDaemon
import Foundation

struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Makes a backup the store of a data directory that no daemon uses.",
    discussion: "The backup is verified before anything changes. Everything else in the directory stays.")

  @Argument(help: "The backup, as 'sluice backup' has written it.")
  var file: String

  @Option(help: "The data directory; it is made where it is not there.")
  var dataDir: String

  @Flag(help: "Put a store that is there aside, into a folder of the data directory, instead of refusing.")
  var replace = false

  @Flag(help: "Answer in JSON, of the shape that docs/cli.md states.")
  var json = false

  func run() throws {
    do {
      let summary = try Restoration.run(
        URL(fileURLWithPath: file), into: URL(fileURLWithPath: dataDir), replacing: replace)
      SluiceDaemon.say("\(try Restoration.text(summary, json: json))\n")
    } catch {
      throw SluiceDaemon.refuse(error)
    }
  }
}
