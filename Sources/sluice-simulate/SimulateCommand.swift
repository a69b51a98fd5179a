// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Simulator

/// Runs seeds through the simulator, and says what they came to.
@main
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice-simulate",
    abstract: "Run the core through random workspaces, launches and faults, and check every invariant after every event.",
    discussion: """
      A seed always comes to the same. Exit code 0: every invariant held. 1: one was broken; the seed, the invariant and a short \
      trace are printed. 3: with --require-coverage, something never happened.
      """)

  @Option(help: "How many seeds to run.")
  var seeds: UInt64 = 2_000

  @Option(name: .customLong("from"), help: "The first seed.")
  var first: UInt64 = 1

  @Option(help: "Faults to inject, joined by commas; 'all' or 'none'.")
  var faults = "all"

  @Option(help: "How many seeds to run at once.")
  var jobs: Int?

  @Option(
    help: "Break the core on purpose, to see that it is found out: \(Sabotage.allCases.map(\.rawValue).joined(separator: ", ")).")
  var sabotage: Sabotage?

  @Flag(help: "Fail where some kind of event, outcome or effect never happened.")
  var requireCoverage = false

  @Flag(help: "Do not look for a shorter trace of a broken seed.")
  var noShrink = false

  @Flag(help: "Print how often everything was seen.")
  var census = false

  @Flag(help: "Instead say well-formed things in senseless orders, as no host would, and check what must hold all the same.")
  var nonsense = false

  @Flag(help: "With --nonsense: print each command before it is decided, so that a trap shows what led to it.")
  var aloud = false

  func run() async throws {
    if nonsense { return try talkNonsense() }
    let kinds = try parseFaults()
    let (total, broken) = await Campaign(
      seeds: first..<(first + seeds), faults: kinds, sabotage: sabotage, jobs: jobs ?? Campaign.cores
    ).run()
    print(Summary.text(of: total, faults: kinds, showsCensus: census))
    if let seed = broken.first {
      print("\(broken.count) seeds broke an invariant: \(broken.prefix(20).map(String.init).joined(separator: ", "))")
      if let explanation = Simulator.explain(seed: seed, faults: kinds, sabotage: sabotage, budget: noShrink ? 0 : 400) {
        print(Summary.text(of: explanation))
      }
      throw ExitCode(1)
    }
    if requireCoverage, !total.missing.isEmpty {
      print("never seen: \(total.missing.joined(separator: ", "))")
      throw ExitCode(3)
    }
  }

  private func talkNonsense() throws {
    var broken: [UInt64] = []
    for seed in first..<(first + seeds) {
      if aloud { print("seed \(seed)") }
      let (violation, trace) = Nonsense.run(seed: seed) { if aloud { print($0) } }
      guard let violation else { continue }
      broken.append(seed)
      if broken.count == 1 { print("seed \(seed): \(violation)\n\(trace.joined(separator: "\n"))") }
    }
    print("\(seeds) seeds of \(Nonsense.commands) commands; \(broken.count) broke an invariant")
    guard broken.isEmpty else {
      print("broken: \(broken.prefix(20).map(String.init).joined(separator: ", "))")
      throw ExitCode(1)
    }
  }

  private func parseFaults() throws -> Set<FaultKind> {
    switch faults {
    case "all": return Set(FaultKind.allCases)
    case "none": return []
    default:
      return Set(
        try faults.split(separator: ",").map { name in
          guard let kind = FaultKind(rawValue: String(name)) else {
            throw ValidationError(
              "there is no fault '\(name)'; there are: \(FaultKind.allCases.map(\.rawValue).joined(separator: ", "))")
          }
          return kind
        })
    }
  }
}

extension Sabotage: ExpressibleByArgument {}
