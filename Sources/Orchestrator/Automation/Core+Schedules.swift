// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Schedules: each tick happens exactly once, over restarts too, since the tick and its run are one batch (semantics 21).
extension Core {
  /// - Parameter location: whose schedules may have changed; nil for all.
  mutating func remindOfSchedules(of location: LocationName?) {
    for id in state.graph.schedules.keys.filter({ location == nil || $0.location == location }).sorted() { remind(of: id) }
  }

  private mutating func remind(of id: ScheduleID) {
    guard let spec = state.graph.schedules[id], let schedule = state.schedules[id], !schedule.isPaused else { return }
    agenda.remind(at: spec.cron.next(after: schedule.cursor, in: spec.zone), .schedule(id))
  }

  /// The latest missed tick fires; the skipped ones are counted.
  ///
  /// While its location rests it is put off: once that is over, it or a later one fires.
  mutating func tick(_ id: ScheduleID) {
    guard let spec = state.graph.schedules[id], let schedule = state.schedules[id], !schedule.isPaused else { return }
    if agenda.isResting(id.location) { return agenda.postpone(id) }
    // It may have been asked for an earlier instant, before its definition changed.
    defer { remind(of: id) }
    guard let (tick, skipped) = spec.cron.latest(after: schedule.cursor, through: now, in: spec.zone) else { return }
    let (planned, looked) = plan(spec, id, tick)
    switch planned {
    case .success(let plan):
      emit(.scheduleTicked(id, tick: tick, skipped: skipped, run: plan.id, problem: nil))
      start(plan)
    case .failure(let error):
      emit(.scheduleTicked(id, tick: tick, skipped: skipped, run: nil, problem: error.message.cut(toBytes: Self.problemBytes)))
      if error.code == .tooLarge { tallies[id.location, default: LocationTally()].count(.schedule) }
    }
    caused(Self.tickWork + looked, by: id.location)
  }

  /// What a tick launches, and what was looked at for it, also where that is nothing.
  ///
  /// Apart from the tick itself: the planner's copy of the state held over an event would have what the event changes copied.
  private func plan(
    _ spec: ScheduleSpec, _ id: ScheduleID, _ tick: Timestamp
  ) -> (Result<RunPlan, CommandError>, looked: Int) {
    let request = LaunchRequest(spec.selection, partitions: spec.partition == .latest ? .latest : .all)
    var planner = RunPlanner(state: state, policy: policy, now: tick)
    let planned = Result { () throws(CommandError) in
      try admitRun(of: id)
      return try planner.plan(
        request, id: RunID(state.nextRun), origin: .schedule(id, tick: tick), within: id.location
      ).plan
    }
    return (planned, planner.work)
  }

  /// Schedules of a location that came due while it rested, one after the other until it rests again.
  mutating func tickPostponed(of location: LocationName) {
    while !agenda.isResting(location), agenda.hasPostponed(of: location) {
      guard work < policy.workPerDecision else { return agenda.remind(at: now, .rested(location)) }
      work += 1
      if let id = agenda.nextPostponed(of: location) { tick(id) }
    }
  }

  /// Bytes of a tick's problem.
  private static let problemBytes = 2_048
  /// What a tick counts beside what is looked at for it.
  private static let tickWork = 50

  private mutating func caused(_ units: Int, by location: LocationName) {
    work += units
    charge(units, to: location)
  }

  /// - Throws: ``CommandError`` where a schedule has as many unfinished runs as it may.
  private func admitRun(of id: ScheduleID) throws(CommandError) {
    guard state.unfinishedTicks[id] ?? 0 < policy.runsPerSchedule else {
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

  /// As many schedules are named where one is not known.
  private static let named = 20

  private func unknown(_ id: ScheduleID) -> Reply {
    let schedules = state.graph.schedules
    // Of many none is named: sorting them would keep others waiting.
    let known =
      schedules.count > Self.named ? "\(schedules.count)" : schedules.keys.sorted().map(\.description).joined(separator: ", ")
    return .refused(CommandError(.notFound, "there is no schedule '\(id)'" + (known.isEmpty ? "" : "; there are: \(known)")))
  }
}
