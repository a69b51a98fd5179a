// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct StartCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start",
    abstract: "From a daemon's start until it is ready, on a journal with history; after a stop in order, and after a SIGKILL.",
    discussion: "The history is made by running every asset until the journal is long enough.")
  @OptionGroup var options: PlantOptions

  @Option(help: "How many events the journal has at least.")
  var events: UInt64 = 1_000_000

  func run() async throws {
    let plant = try await options.plant()
    defer { plant.stop() }
    while try await plant.position() < events { _ = try await plant.run("*") }
    try await plant.waitUntilQuiet()
    let written = try await plant.position()
    for (work, killing) in [("start", false), ("start_after_kill", true)] {
      var report = Report(work, options.setting, units: 1)
      var schedulable: [Double] = []
      for _ in 0..<options.rounds {
        let took = try await plant.restartDaemon(killing: killing)
        report.add(took.ready)
        schedulable.append(took.schedulable.inSeconds)
      }
      report.figures = ["events": Double(written), "schedulable_seconds": schedulable.sorted()[schedulable.count / 2]]
      report.figures["daemon_resident_mb"] = plant.daemonMemory
      try report.print()
    }
  }
}
