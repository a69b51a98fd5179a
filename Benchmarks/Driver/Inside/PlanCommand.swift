// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetKit
import AssetModel
import Orchestrator

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "The core's decision to launch a run over every asset: its plan, and what can run at once.")

  @Option(help: "How many assets there are.")
  var assets = 10_000

  @Option(help: "How many chains of assets lie side by side; 0 for assets that do not depend on each other.")
  var width = 50

  @Option(help: "How often the work is measured, after one round that is not.")
  var rounds = 5

  func run() async throws {
    let manifest = try LoadedLocation(NoopLocation(count: assets, width: width > 0 ? width : nil)).manifest
    let setting = Report.Setting(shape: width > 0 ? "wide" : "plain", assets: assets)
    var report = Report("plan", setting, units: assets)
    let clock = SystemClock()
    var core = Core(State(incarnation: Incarnation(1)))
    _ = core.decide(.begin(1), at: clock.now)
    _ = core.decide(.loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: manifest.location)])), at: clock.now)
    let start = ContinuousClock.now
    _ = core.decide(.manifestReceived(manifest.location, ManifestDigest("sha256:0"), manifest), at: clock.now)
    report.figures["manifest_seconds"] = (ContinuousClock.now - start).inSeconds
    for round in 0...rounds {
      let start = ContinuousClock.now
      let decision = core.decide(.launch(.init(.all)), at: clock.now)
      let duration = ContinuousClock.now - start
      guard case .launched(let receipt) = decision.reply, receipt.steps == assets else {
        throw BenchmarkError("the launch came to \(decision.reply)")
      }
      if round > 0 { report.add(duration) }
      // One after another, so that no round plans around the one before.
      _ = core.decide(.cancel(receipt.run), at: clock.now)
    }
    try report.print()
  }
}
