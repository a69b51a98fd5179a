// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct IdleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "idle", abstract: "Memory of a daemon that has nothing to do, and its processor time a minute.")
  @OptionGroup var options: PlantOptions

  @Option(help: "How many seconds are watched.")
  var seconds = 60

  @Option(help: "How many seconds after the start the watch begins.")
  var settle = 10

  func run() async throws {
    let plant = try await options.plant()
    defer { plant.stop() }
    try await plant.waitUntilQuiet()
    try await Task.sleep(for: .seconds(settle))
    let before = plant.processorUse
    let start = ContinuousClock.now
    try await Task.sleep(for: .seconds(seconds))
    let minutes = (ContinuousClock.now - start).inSeconds / 60
    let used = plant.processorUse.subtracting(before)
    var report = Report("idle", options.setting, units: options.assets)
    report.figures = [
      "daemon_processor_seconds_a_minute": used.daemon.inSeconds / minutes,
      "location_processor_seconds_a_minute": used.locations.inSeconds / minutes,
      "location_resident_mb": plant.locationMemory,
    ]
    report.figures["daemon_resident_mb"] = plant.daemonMemory
    try report.print()
  }
}
