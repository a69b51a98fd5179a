// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Runs the real core through a seed's worth of trouble and judges everything that it does.
package enum Simulator {
  /// What a seed came to.
  package struct Result: Sendable {
    package let seed: UInt64
    package let census: Census
    package let violation: Violation?
  }

  /// Runs one seed; the same seed and faults always come to the same.
  package static func run(
    seed: UInt64, faults: Set<FaultKind> = Set(FaultKind.allCases), sabotage: Sabotage? = nil
  ) -> Result {
    do {
      let scenario = try ScenarioGenerator.scenario(seed: seed, faults: faults)
      let (violation, simulation) = run(scenario, sabotage: sabotage)
      return Result(seed: seed, census: simulation.census, violation: violation)
    } catch {
      return Result(
        seed: seed, census: Census(), violation: Violation(.progress, "the seed makes no scenario: \(error)"))
    }
  }

  /// Cuts a failing seed down and tells what happens in what remains of it; nil where the seed does not fail.
  ///
  /// - Parameter budget: how many smaller scenarios are tried at most.
  package static func explain(
    seed: UInt64, faults: Set<FaultKind> = Set(FaultKind.allCases), sabotage: Sabotage? = nil, budget: Int = 400
  ) -> Explanation? {
    guard let scenario = try? ScenarioGenerator.scenario(seed: seed, faults: faults),
      let violation = run(scenario, sabotage: sabotage).violation
    else { return nil }
    var shrinker = Shrinker(scenario, violation.invariant, sabotage: sabotage, budget: budget)
    let smallest = shrinker.shrink()
    let (last, simulation) = run(smallest, sabotage: sabotage, isTraced: true)
    return Explanation(
      seed: seed, violation: last ?? violation, original: violation, scenario: smallest,
      trace: simulation.trace?.lines ?? [], tries: shrinker.tries)
  }

  static func run(
    _ scenario: Scenario, sabotage: Sabotage?, isTraced: Bool = false
  ) -> (violation: Violation?, simulation: Simulation) {
    var simulation = Simulation(scenario, sabotage: sabotage, isTraced: isTraced)
    do {
      try simulation.run()
      return (nil, simulation)
    } catch {
      simulation.census.seeds = 1
      simulation.census.events = simulation.journal.count
      return (error, simulation)
    }
  }
}

/// A failing seed, cut down as far as it would go.
package struct Explanation: Sendable {
  package let seed: UInt64
  package let violation: Violation
  /// What the whole scenario had come to.
  package let original: Violation
  let scenario: Scenario
  /// What happened, a line each, up to the violation.
  package let trace: [String]
  /// How many smaller scenarios were tried.
  package let tries: Int

  /// How many launches, cancellations and faults are left.
  package var actionCount: Int { scenario.actions.count }
  package var stepCount: Int { scenario.deployments.values.reduce(0) { $0 + ($1.first?.manifest.steps.count ?? 0) } }
}
