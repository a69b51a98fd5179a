// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct LaunchesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launches", abstract: "As many runs of one asset each as there are assets, asked for in one request.")
  @OptionGroup var options: PlantOptions

  func run() async throws {
    let selections = (0..<options.assets).map { "bench/a\($0)" }
    try await options.measure("launches", units: options.assets) { try await $0.runEach(selections) }
  }
}
