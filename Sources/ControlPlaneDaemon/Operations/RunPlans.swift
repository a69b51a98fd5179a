// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Which step an event is about, and in which trace: of the unfinished runs, kept beside the engine.
struct RunPlans {
  private var plans: [RunID: PlannedSteps] = [:]
  private var traces: [RunID: TraceID] = [:]

  init() {}

  init(_ state: State) {
    plans = state.runs.mapValues { PlannedSteps(nodes: $0.plan.nodes) }
    traces = state.runs.compactMapValues { $0.plan.trace?.traceID }
  }

  /// Takes in an event once it has been told; a run's plan goes with its end.
  mutating func follow(_ event: Event) {
    switch event {
    case .runLaunched(let plan):
      plans[plan.id] = PlannedSteps(nodes: plan.nodes)
      if let trace = plan.trace { traces[plan.id] = trace.traceID }
    case .runFinished(let run, _):
      plans[run] = nil
      traces[run] = nil
    default: break
    }
  }

  func trace(of run: RunID) -> TraceID? { traces[run] }

  func step(_ id: StepID) -> PlannedStep? { plans[id.run]?[id.ordinal] }

  /// The location of a step, without spelling out the rest.
  func location(of id: StepID) -> LocationName? { plans[id.run]?.nodes.place(of: id.ordinal)?.node.location }
}
