// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlPlaneAPI
import Foundation

/// Runs one kind of work through a daemon and a location's server, and prints what each round took.
@main
struct BenchmarkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice-benchmark",
    abstract: "Measures the control plane from outside: real processes, gRPC, a durable journal.",
    subcommands: [StepsCommand.self, LatencyCommand.self, LaunchesCommand.self, LoadCommand.self])
}

struct PlantOptions: ParsableArguments {
  @Option(help: "Where sluiced and benchmark-location are.")
  var binaries = ".build-release/release"

  @Option(help: "How many assets the location defines.")
  var assets = 1_000

  @Option(help: "The shape of their graph: plain, chain, wide or checked.")
  var shape = "plain"

  @Option(help: "How many chains lie side by side in the shape 'wide'.")
  var width = 50

  @Option(help: "How many steps the location runs at once.")
  var slots = 64

  @Option(help: "The daemon's port; the location takes the next.")
  var port = 5_470

  @Option(help: "How often the work is measured, after one round that is not.")
  var rounds = 5

  func plant() async throws -> Plant {
    try await Plant(
      Plant.Shape(kind: shape, assets: assets, width: width), binaries: URL(fileURLWithPath: binaries), slots: slots, port: port)
  }

  func measure(_ work: String, units: Int, _ round: (Plant) async throws -> Duration) async throws {
    let plant = try await plant()
    defer { plant.stop() }
    _ = try await round(plant)
    var report = Report(work: work, shape: shape, assets: assets, slots: slots, units: units)
    for _ in 0..<rounds {
      let before = plant.processorTime
      let duration = try await round(plant)
      report.add(duration, plant.processorTime.subtracting(before))
    }
    try report.print()
  }
}

struct StepsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "steps", abstract: "One run over every asset.")
  @OptionGroup var options: PlantOptions

  func run() async throws {
    try await options.measure("steps", units: options.assets) { try await $0.run("*") }
  }
}

struct LatencyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency", abstract: "One run of one asset at a time, from request to done, on an idle system.")
  @OptionGroup var options: PlantOptions

  func run() async throws {
    try await options.measure("latency", units: 1) { try await $0.run("bench/a0") }
  }
}

struct LaunchesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launches", abstract: "As many runs of one asset each as there are assets, asked for in one request.")
  @OptionGroup var options: PlantOptions

  func run() async throws {
    try await options.measure("launches", units: options.assets) { plant in
      try await plant.runEach((0..<options.assets).map { "bench/a\($0)" })
    }
  }
}

struct LoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "From the start of a location's server until its assets can be scheduled.")
  @OptionGroup var options: PlantOptions

  func run() async throws {
    let plant = try await options.plant()
    defer { plant.stop() }
    var report = Report(work: "load", shape: options.shape, assets: options.assets, slots: options.slots, units: options.assets)
    for _ in 0..<options.rounds { report.add(try await plant.restartLocation(), nil) }
    try report.print()
    FileHandle.standardError.write(Data("daemon: \(plant.daemonMemory ?? 0) MB resident\n".utf8))
  }
}
