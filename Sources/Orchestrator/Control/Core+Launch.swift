// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Runs as people and schedules ask for them.
extension Core {
  mutating func launch(_ request: LaunchRequest, _ prepared: PreparedLaunch? = nil) -> Reply {
    if let key = request.clientKey, let run = state.clientKeys[key] {
      return .launched(LaunchReceipt(run: run, isRepeat: true, steps: state.runs[run]?.plan.stepCount ?? 0))
    }
    do {
      return .launched(try begin(request, prepared))
    } catch {
      return .refused(error)
    }
  }

  private mutating func begin(
    _ request: LaunchRequest, _ prepared: PreparedLaunch?
  ) throws(CommandError) -> LaunchReceipt {
    let planned = try plan(request, prepared)
    start(planned.plan)
    return LaunchReceipt(
      run: planned.plan.id, isRepeat: false, steps: planned.plan.stepCount, leftOut: planned.leftOut)
  }

  /// What is planned here is paid for here: less is looked at behind it.
  private mutating func plan(_ request: LaunchRequest, _ prepared: PreparedLaunch?) throws(CommandError) -> RunPlanner.Plan {
    // Which windows have ended is the wall clock's: the journal may be ahead of it.
    var planner = RunPlanner(state: state, policy: policy, now: wall)
    let id = RunID(state.nextRun)
    guard let prepared, prepared.fits(state) else {
      if prepared != nil, request.isLarge(among: state.graph.size) { throw PreparedLaunch.isStale }
      let planned = Result { () throws(CommandError) in try planner.plan(request, id: id, origin: .manual) }
      work += planner.work
      return try planned.get()
    }
    let planned = try planner.plan(prepared.draft.get(), request, id: id, origin: .manual)
    work += planned.plan.nodes.count / Self.nodesPerUnit
    return planned
  }

  /// How many nodes that were worked out before are put into the state for a unit of work.
  private static let nodesPerUnit = 4

  mutating func start(_ plan: RunPlan) {
    emit(.runLaunched(plan))
    toExamine(plan.id)
  }

  // MARK: Cancellation

  /// Ends every step of a run that is not decided yet; journal order decides (semantics 17).
  mutating func cancel(_ id: RunID) -> Reply {
    guard let run = state.runs[id] else {
      return id.number < state.nextRun && id.number > 0
        ? .done : .refused(CommandError(.notFound, "there is no run \(id)"))
    }
    guard !run.cancelRequested else { return .done }
    emit(.runCancelRequested(id))
    // Steps that wait end one by one when they are looked at: there may be a million.
    toExamine(id)
    for (ordinal, active) in run.active.sorted(by: { $0.key < $1.key }) {
      let step = StepID(run: id, ordinal: ordinal)
      if active.isDecided && active.grant.kind == .materialize { continue }
      discardUndecided(active)
      perform(.cancel(active.grant.location, step, attempt: active.grant.attempt))
      end(active, .cancelled, returnsSlot: false)
      finish(step, .cancelled)
    }
    return .done
  }
}
