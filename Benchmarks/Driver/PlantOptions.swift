// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// What every work from outside is given.
struct PlantOptions: ParsableArguments {
  @Option(help: "Where sluiced and benchmark-location are.")
  var binaries = ".build-release/release"

  @Option(help: "Where the daemon keeps its journal: 'sqlite', or an empty PostgreSQL database as libpq names it.")
  var store = "sqlite"

  @Option(help: "How many assets the locations define, all together.")
  var assets = 1_000

  @Option(help: "How many locations share them.")
  var locations = 1

  @Option(help: "The shape of their graph: \(Plant.Shape.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var shape = Plant.Shape.Kind.plain

  @Option(help: "How many chains lie side by side in the shape 'wide'.")
  var width = 50

  @Option(help: "How many blocking checks each asset has in the shape 'checked'.")
  var checks = 3

  @Option(help: "How many steps each location runs at once.")
  var slots = 64

  @Option(help: "The daemon's port; the locations take the next.")
  var port = 5_470

  @Option(help: "How often the work is measured, after one round that is not.")
  var rounds = 5

  func validate() throws {
    guard assets > 0, locations > 0, rounds > 0, slots > 0 else {
      throw ValidationError("--assets, --locations, --slots and --rounds must be at least 1")
    }
    guard assets % locations == 0 else {
      throw ValidationError("--assets \(assets) do not divide among \(locations) locations evenly")
    }
  }

  var setting: Report.Setting {
    Report.Setting(
      store: store == "sqlite" ? "sqlite" : "postgres", shape: shape.rawValue, assets: assets, locations: locations, slots: slots)
  }

  func plant() async throws -> Plant {
    try await Plant(
      Plant.Shape(kind: shape, assets: assets / locations, width: width, checks: checks), locations: locations,
      binaries: URL(fileURLWithPath: binaries), store: store, slots: slots, port: port)
  }

  /// One round that is not measured, then the rounds that are, each with what it cost daemon and locations.
  func measure(_ work: String, units: Int, _ round: (Plant) async throws -> Duration) async throws {
    let plant = try await plant()
    defer { plant.stop() }
    _ = try await round(plant)
    var report = Report(work, setting, units: units)
    try await repeatRounds(on: plant, &report, round)
    try report.print()
  }

  func repeatRounds(on plant: Plant, _ report: inout Report, _ round: (Plant) async throws -> Duration) async throws {
    let journal = try await plant.journal()
    for _ in 0..<rounds {
      let before = plant.processorUse
      let duration = try await round(plant)
      report.add(duration, plant.processorUse.subtracting(before))
    }
    let written = try await plant.journal().subtracting(journal)
    let total = Double(report.units * rounds)
    report.figures["events_per_unit"] = Double(written.events) / total
    report.figures["commits_per_unit"] = Double(written.commits) / total
    report.figures["daemon_resident_mb"] = plant.daemonMemory
  }
}

extension Plant.Shape.Kind: ExpressibleByArgument {}
