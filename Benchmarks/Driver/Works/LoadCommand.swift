// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct LoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "From the start of a location's server until its assets can be scheduled.")
  @OptionGroup var options: PlantOptions

  func run() async throws {
    let plant = try await options.plant()
    defer { plant.stop() }
    var report = Report("load", options.setting, units: options.assets)
    for _ in 0..<options.rounds { report.add(try await plant.restartLocation()) }
    report.figures["daemon_resident_mb"] = plant.daemonMemory
    try report.print()
  }
}
