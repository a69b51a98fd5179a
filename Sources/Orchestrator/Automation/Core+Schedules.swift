// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Schedules: each tick happens exactly once, over restarts too, since the tick and its run are one batch (semantics 21).
extension Core {
  /// - Parameter location: whose schedules may have changed; nil for all.
  mutating func remindOfSchedules(of location: LocationName?) {
    for id in state.graph.schedules.keys.sorted() where location == nil || id.location == location { remind(of: id) }
  }

  private mutating func remind(of id: ScheduleID) {
    guard let spec = state.graph.schedules[id], let schedule = state.schedules[id], !schedule.isPaused else { return }
    agenda.remind(at: spec.cron.next(after: schedule.cursor, in: spec.zone), .schedule(id))
  }

  /// The latest missed tick fires; the skipped ones are counted.
  mutating func tick(_ id: ScheduleID) {
    guard let spec = state.graph.schedules[id], let schedule = state.schedules[id], !schedule.isPaused else { return }
    // It may have been asked for an earlier instant, before its definition changed.
    defer { remind(of: id) }
    guard let (tick, skipped) = spec.cron.latest(after: schedule.cursor, through: now, in: spec.zone) else { return }
    let request = LaunchRequest(spec.selection, partitions: spec.partition == .latest ? .latest : .all)
    do {
      try admitRun(of: id)
      let planner = RunPlanner(state: state, policy: policy, now: tick)
      let planned = try planner.plan(
        request, id: RunID(state.nextRun), origin: .schedule(id, tick: tick), within: id.location)
      emit(.scheduleTicked(id, tick: tick, skipped: skipped, run: planned.plan.id, problem: nil))
      start(planned.plan)
      caused(planned.plan.nodes.count, by: id.location)
    } catch {
      emit(.scheduleTicked(id, tick: tick, skipped: skipped, run: nil, problem: error.message.cut(toBytes: Self.problemBytes)))
      if error.code == .tooLarge { tallies[id.location, default: LocationTally()].count(.schedule) }
      caused(Self.tickWork, by: id.location)
    }
  }

  /// Bytes of a tick's problem.
  private static let problemBytes = 2_048
  /// What a tick that launches nothing counts.
  private static let tickWork = 50

  private mutating func caused(_ units: Int, by location: LocationName) {
    work += units
    charge(units, to: location)
  }

  /// - Throws: ``CommandError`` where a schedule has as many unfinished runs as it may.
  private func admitRun(of id: ScheduleID) throws(CommandError) {
    let unfinished = state.runs.values.lazy.filter { if case .schedule(id, _) = $0.plan.origin { true } else { false } }
    guard unfinished.prefix(policy.runsPerSchedule).count < policy.runsPerSchedule else {
      throw CommandError(
        .tooLarge, "\(policy.runsPerSchedule) runs of the schedule have not ended (runsPerSchedule): this tick launches none")
    }
  }

  mutating func pause(_ id: ScheduleID) -> Reply {
    guard state.graph.schedules[id] != nil else { return unknown(id) }
    if state.schedules[id]?.isPaused == false { emit(.schedulePaused(id)) }
    return .done
  }

  /// Ticks go on from now: those of the pause do not fire.
  mutating func resume(_ id: ScheduleID) -> Reply {
    guard state.graph.schedules[id] != nil else { return unknown(id) }
    if state.schedules[id]?.isPaused == true {
      emit(.scheduleResumed(id))
      remind(of: id)
    }
    return .done
  }

  private func unknown(_ id: ScheduleID) -> Reply {
    let known = state.graph.schedules.keys.sorted().map(\.description).joined(separator: ", ")
    return .refused(CommandError(.notFound, "there is no schedule '\(id)'" + (known.isEmpty ? "" : "; there are: \(known)")))
  }
}
