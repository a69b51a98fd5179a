// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "What a step costs, and how long one asset takes, as past runs grow: a line a point and kind.")
  @OptionGroup var options: PlantOptions

  @Option(help: "At how many past runs, or few more, it is measured; ascending.")
  var points: [Int] = [100, 1_000, 10_000]

  /// How many runs are asked for in one request while the past is made.
  private static let batch = 1_000

  func run() async throws {
    let plant = try await options.plant()
    defer { plant.stop() }
    _ = try await plant.run("*")
    var past = 1
    for point in points {
      while past < point {
        let selections = (0..<min(Self.batch, point - past)).map { "bench/a\($0 % options.assets)" }
        _ = try await plant.runEach(selections)
        past += selections.count
      }
      try await plant.waitUntilQuiet()
      try await measure("history_steps", at: point, "*", units: options.assets, on: plant)
      try await measure("history_latency", at: point, "bench/a0", units: 1, on: plant)
      past += 2 * options.rounds
    }
  }

  private func measure(_ work: String, at point: Int, _ selection: String, units: Int, on plant: Plant) async throws {
    var report = Report(work, options.setting, units: units)
    report.figures["past_runs"] = Double(point)
    try await options.repeatRounds(on: plant, &report) { try await $0.run(selection) }
    try report.print()
  }
}
