// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Orchestrator
import SluiceEmbedded

struct EmbeddedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embedded", abstract: "One run over every asset in this process, with the journal in memory.")

  @Option(help: "How many assets there are.")
  var assets = 10_000

  @Option(help: "How many chains of assets lie side by side; 0 for assets that do not depend on each other.")
  var width = 0

  @Option(help: "How many steps run at once.")
  var slots = 64

  @Option(help: "How often the work is measured, after one round that is not.")
  var rounds = 5

  func run() async throws {
    let setting = Report.Setting(store: "memory", shape: width > 0 ? "wide" : "plain", assets: assets, slots: slots)
    let location = NoopLocation(count: assets, width: width > 0 ? width : nil)
    let (count, rounds) = (assets, rounds)
    let report = try await withSluice(location, slots: slots) { sluice in
      var report = Report("embedded", setting, units: count)
      for round in 0...rounds {
        let start = ContinuousClock.now
        let run = try await sluice.materialize()
        let duration = ContinuousClock.now - start
        guard run.outcome == .succeeded else { throw BenchmarkError("run \(run.id) ended as \(run.outcome)") }
        if round > 0 { report.add(duration) }
      }
      return report
    }
    try report.print()
  }
}
