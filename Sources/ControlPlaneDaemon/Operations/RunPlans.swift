// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Which step an event is about, and in which trace: of the unfinished runs, kept beside the engine.
struct RunPlans {
  private var plans: [RunID: PlannedSteps] = [:]
  private var traces: [RunID: TraceID] = [:]
  /// Whose schedules launched them.
  private var launchers: [RunID: LocationName] = [:]

  init() {}

  init(_ state: State) {
    plans = state.runs.mapValues { PlannedSteps(nodes: $0.plan.nodes) }
    traces = state.runs.compactMapValues { $0.plan.trace?.traceID }
    launchers = state.runs.compactMapValues { $0.plan.origin.location }
  }

  /// Takes in an event once it has been told; a run's plan goes with its end.
  mutating func follow(_ event: Event) {
    switch event {
    case .runLaunched(let plan):
      plans[plan.id] = PlannedSteps(nodes: plan.nodes)
      if let trace = plan.trace { traces[plan.id] = trace.traceID }
      launchers[plan.id] = plan.origin.location
    case .runFinished(let run, _):
      plans[run] = nil
      traces[run] = nil
      launchers[run] = nil
    default: break
    }
  }

  func trace(of run: RunID) -> TraceID? { traces[run] }

  /// The location whose schedule launched a run; nil for a launch by hand.
  func launcher(of run: RunID) -> LocationName? { launchers[run] }

  func step(_ id: StepID) -> PlannedStep? { plans[id.run]?[id.ordinal] }

  /// The location of a step, without spelling out the rest.
  func location(of id: StepID) -> LocationName? { plans[id.run]?.nodes.place(of: id.ordinal)?.node.location }
}
