// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI

struct AssetsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "assets", abstract: "Lists the assets and their gates.")
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "A selection such as 'weather/*' or '+insights/year_report'; all assets without one.")
  var selection: String?

  func run() async throws {
    let assets = try await connection.client.assets(selection: selection)
    try connection.print(Listing(assets)) { AssetRendering.list($0.items, style: $1) }
  }
}

struct AssetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "asset", abstract: "Shows one asset: partitions, columns, gate, checks, what it reads and what reads it.")
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "The asset's key.") var key: String

  func run() async throws {
    try connection.print(try await connection.client.asset(key, columns: true), AssetRendering.detail)
  }
}

struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Says whether a gate is open, and if not why, down to the root.",
    discussion: "Exits with 0 for an open gate and with 4 for a closed one.")
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "The asset's key.") var key: String
  @Option(help: "One partition; the whole asset without one.") var partition: String?

  func run() async throws {
    let report = try await connection.client.why(key, partition: partition)
    try connection.print(report, WhyRendering.render)
    if !report.gate.open { throw Exit(status: .blocked) }
  }
}

struct ChecksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checks", abstract: "Shows the check results on the newest version of each partition.")
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "The asset's key.") var key: String
  @Option(help: "One partition; all without one.") var partition: String?

  func run() async throws {
    var results: [CheckResult] = []
    var isPartial = false
    while true {
      let page = try await connection.client.checks(of: key, partition: partition, offset: results.count)
      results += page.items
      isPartial = page.isPartial == true
      if page.items.isEmpty || results.count >= page.total { break }
    }
    try connection.print(Listing(results)) { ListRendering.checks($0.items, asset: key, style: $1) }
    if isPartial { Console.error("not every partition was looked at: name one with --partition") }
  }
}
