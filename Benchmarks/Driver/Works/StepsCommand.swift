// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct StepsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "steps", abstract: "One run over every asset, or over some.")
  @OptionGroup var options: PlantOptions

  @Option(help: "Run over the first so many assets of the first location only; for curves.")
  var run: Int?

  func run() async throws {
    let count = min(run ?? options.assets, options.assets)
    try await options.measure("steps", units: count) { plant in
      try await plant.run(plant.selection(of: count, among: options.assets))
    }
  }
}
