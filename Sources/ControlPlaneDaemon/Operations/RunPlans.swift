// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Which step an event is about: the plans of the unfinished runs, kept beside the engine.
struct RunPlans {
  private var plans: [RunID: PlannedSteps] = [:]

  init() {}

  init(_ state: State) { plans = state.runs.mapValues { PlannedSteps(nodes: $0.plan.nodes) } }

  /// Takes in an event once it has been told; a run's plan goes with its end.
  mutating func follow(_ event: Event) {
    switch event {
    case .runLaunched(let plan): plans[plan.id] = PlannedSteps(nodes: plan.nodes)
    case .runFinished(let run, _): plans[run] = nil
    default: break
    }
  }

  func step(_ id: StepID) -> PlannedStep? { plans[id.run]?[id.ordinal] }
}
