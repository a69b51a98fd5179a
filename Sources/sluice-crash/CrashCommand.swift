// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// Kills a daemon and its locations at moments chosen from a seed, and compares what is left with a model.
@main
struct CrashCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice-crash",
    abstract: "Kill daemon and locations, over and over, in the midst of work, and compare with a model after each restart.",
    discussion: """
      A seed always makes the same choices; what they meet is up to the machine's timing. Exit code 0: all is as the model says. \
      1: something is not; the seed, what it is and the last actions are printed, and the directory is kept.
      """)

  @Option(help: "How many processes to kill.")
  var kills = 40

  @Option(help: "What the choices are made from; another one each time unless said otherwise.")
  var seed: UInt64?

  @Option(help: "Where sluiced and crash-location are.")
  var binaries = ".build/debug"

  @Option(help: "Where the daemon keeps its journal: sqlite, or postgres, which is then killed, too.")
  var store = Store.sqlite

  @Option(help: "How many daemons run on the store, 1 or 2: of two, one leads; either is killed, or stopped for a while.")
  var daemons = 1

  @Option(help: "Where postgres.sh is.")
  var scripts = "scripts"

  @Option(help: "The daemon's port; the locations take the next two, and a second daemon the one after the next.")
  var port = 5_570

  @Option(help: "Where a campaign's directory is made.")
  var directory = FileManager.default.temporaryDirectory.path

  @Flag(help: "Keep the directory, whatever comes of it.")
  var keep = false

  @Flag(help: "Print each action as it happens.")
  var verbose = false

  @Option(
    help: "Break something on purpose, to see that it is found out: \(Sabotage.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var sabotage: Sabotage?

  func validate() throws {
    guard sabotage != .forget || store == .sqlite else {
      throw ValidationError("a store can be forgotten only with --store sqlite")
    }
    guard daemons == 1 || (daemons == 2 && store == .postgres) else {
      throw ValidationError("--daemons is 1, or 2 with --store postgres, not \(daemons) with --store \(store.rawValue)")
    }
    guard kills > 0 else { throw ValidationError("--kills must be at least 1, not \(kills)") }
  }

  func run() async throws {
    let seed = seed ?? UInt64.random(in: 1...1_000_000)
    print("crash: \(kills) kills, seed \(seed), \(daemons == 1 ? "a daemon" : "two daemons") on \(store.rawValue)")
    let home = URL(fileURLWithPath: directory).appendingPathComponent(
      "sluice-crash-\(seed)-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    let plant = try Plant(
      home: home, binaries: URL(fileURLWithPath: binaries), scripts: URL(fileURLWithPath: scripts), port: port, store: store,
      daemons: daemons)
    let trace = try Trace(file: home.appendingPathComponent("trace.log"), isVerbose: verbose)
    let campaign = Campaign(kills: kills, seed: seed, plant: plant, trace: trace, sabotage: sabotage)
    let signals = plant.children.endOnSignals()
    let start = ContinuousClock.now
    defer {
      plant.stop()
      for signal in signals { signal.cancel() }
    }
    let violations = try await campaign.run()
    let history = campaign.listener.history
    print(
      campaign.figures.text(ledger: campaign.ledger, history: history, starts: plant.starts, took: ContinuousClock.now - start))
    guard violations.isEmpty else { return try fail(violations, seed: seed, trace: trace, home: home) }
    print("crash: all is as the model says")
    plant.stop()
    if keep { print("kept: \(home.path)") } else { try FileManager.default.removeItem(at: home) }
  }

  private func fail(_ violations: [Violation], seed: UInt64, trace: Trace, home: URL) throws {
    print("crash: \(violations.count) violations with seed \(seed); everything is kept in \(home.path)")
    for violation in violations.prefix(CrashLimits.violationsShown) { print("  \(violation)") }
    print("the last actions:")
    for line in trace.last { print(line) }
    throw ExitCode(1)
  }
}
