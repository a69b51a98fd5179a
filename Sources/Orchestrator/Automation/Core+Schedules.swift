// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Schedules: each tick happens exactly once, over restarts too, since the tick and its run are one batch (semantics 21). They go by the
/// wall clock as it is, also where that was set back.
extension Core {
  /// Has the next ticks worked out, a few in each decision.
  ///
  /// - Parameter location: whose schedules may have changed; nil for all.
  mutating func remindOfSchedules(of location: LocationName?) {
    for name in location.map({ [$0] }) ?? state.locations.keys.sorted() {
      agenda.plan(state.locations[name]?.manifestContent?.schedules ?? [], of: name)
    }
  }

  /// - Returns: whether there was a schedule to look at.
  mutating func remindOfNextSchedule() -> Bool {
    guard let id = agenda.nextUnplanned() else { return false }
    caused(1, by: id.location)
    remind(of: id)
    return true
  }

  /// Works out when a schedule ticks next, unless it is being waited for.
  private mutating func remind(of id: ScheduleID) {
    guard let spec = state.graph.schedules[id], let schedule = state.schedules[id], !schedule.isPaused else { return }
    let planned = PlannedTick(spec, after: schedule.cursor)
    guard plannedTicks[id] != planned else { return }
    var looked = 0
    agenda.remind(ofTick: schedule.next(of: spec, counting: &looked), of: id)
    plannedTicks[id] = planned
    caused(looked, by: id.location)
  }

  /// The latest missed tick fires; the skipped ones are counted.
  ///
  /// While its location rests it is put off: once that is over, it or a later one fires.
  mutating func tick(_ id: ScheduleID) {
    plannedTicks[id] = nil
    guard let spec = state.graph.schedules[id], let schedule = state.schedules[id], !schedule.isPaused else { return }
    if agenda.isResting(id.location) { return agenda.postpone(id) }
    if let until = scheduled.rest(of: id, at: running) { return agenda.remind(at: until, .schedule(id)) }
    // It may have been asked for an earlier instant, before its definition changed.
    defer { remind(of: id) }
    var days = 0
    let latest = schedule.latest(of: spec, through: wall, counting: &days)
    caused(days, by: id.location)
    guard let (tick, skipped) = latest else { return }
    let (planned, looked) = plan(spec, id, tick)
    do {
      let plan = try withinShare(planned, of: id)
      emit(.scheduleTicked(id, tick: tick, skipped: skipped, run: plan.id, problem: nil))
      start(plan)
    } catch {
      let problem = error.message.cut(toBytes: policy.tickProblemBytes, mark: "…")
      emit(.scheduleTicked(id, tick: tick, skipped: skipped, run: nil, problem: problem))
      if error.code == .tooLarge { tallies[id.location, default: LocationTally()].count(.schedule) }
    }
    caused(Self.tickWork + looked, by: id.location)
  }

  /// Counts what a tick journals towards its location's share of the day, whether it launches a run or not.
  ///
  /// - Throws: ``CommandError`` where it launches none.
  private mutating func withinShare(
    _ planned: Result<RunPlan, CommandError>, of id: ScheduleID
  ) throws(CommandError) -> RunPlan {
    let problem = if case .failure(let error) = planned { min(error.message.utf8.count, policy.tickProblemBytes) } else { 0 }
    let bytes = (try? planned.get().storedBytes) ?? 2 * (ScheduleQuotas.tickBytes + problem)
    guard scheduled.take(bytes, for: id, within: policy.scheduledBytesPerDay, at: running) else {
      throw CommandError(
        .tooLarge,
        "the location's schedules have journaled \(policy.scheduledBytesPerDay) bytes today (scheduledBytesPerDay): "
          + "this one rests until tomorrow, in UTC")
    }
    return try planned.get()
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
    while !agenda.isResting(location), let id = agenda.nextPostponed(of: location) {
      work += 1
      tick(id)
      // Behind one that ticks in any case, since a decision may have been spent before it came here.
      guard work < policy.workPerDecision || !agenda.hasPostponed(of: location) else {
        return agenda.remind(at: running, .rested(location))
      }
    }
  }

  /// What a tick counts beside what is looked at for it.
  private static let tickWork = 50

  private mutating func caused(_ units: Int, by location: LocationName) {
    work += units
    charge(units, to: location)
  }

  /// - Throws: ``CommandError`` where a schedule, or all of its location, has as many unfinished runs as it may.
  private func admitRun(of id: ScheduleID) throws(CommandError) {
    guard state.unfinishedTicks[id] ?? 0 < policy.runsPerSchedule else {
      throw CommandError(
        .tooLarge, "\(policy.runsPerSchedule) runs of the schedule have not ended (runsPerSchedule): this tick launches none")
    }
    guard state.scheduledRuns[id.location] ?? 0 < policy.scheduledRunsPerLocation else {
      throw CommandError(
        .tooLarge,
        "\(policy.scheduledRunsPerLocation) runs of the location's schedules have not ended (scheduledRunsPerLocation): "
          + "this tick launches none")
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
