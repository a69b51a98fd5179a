// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Orchestrator

/// What those who operate a daemon ask.
extension ControlPlaneQueries {
  /// Why the daemon cannot do its work just now; nil while it can.
  package var unreadiness: String? {
    switch engine.status {
    case .starting: "starting: the journal is being read"
    case .leading, .following: silence
    case .paused(let reason): "the store is away, and scheduling waits for it: \(reason)"
    }
  }

  /// Set once the store has taken longer than it should to answer, and may still.
  private var silence: String? {
    guard let wait = engine.storeWait, wait >= Engine.slowStore else { return nil }
    return "the store has not answered for \(wait.components.seconds) s, and scheduling waits for it"
  }

  /// What is wrong with the clock; nothing waits for it.
  package var clockProblem: String? {
    guard let ahead = engine.journalAhead else { return nil }
    return
      "the journal is ahead of this machine's clock by \(ahead.inHours): it was written while the clock was ahead, or by a daemon "
      + "whose clock is. Events are stamped with its last instant until the clock has caught up; retries, deadlines and schedules go on"
  }

  /// Whose positions the events of a stream have; nil while the store is away.
  ///
  /// - Throws: ``APIError`` where the client goes on from a position of another incarnation.
  func incarnation(expecting wanted: String?) async throws -> String? {
    guard let own = try? await engine.read(within: Engine.slowStore, { $0.incarnation.description }) else { return nil }
    guard let wanted, wanted.lowercased() != own else { return own }
    throw APIError(
      .gone, "positions of incarnation '\(wanted.quoted)' mean nothing here: this store's is \(own), since a backup was restored",
      mend: "read on without 'after' and 'incarnation', from now on")
  }

  /// Every metric, in Prometheus' text format; gauges of the state are left out while the store is away.
  package func metrics() async -> String {
    var text = PrometheusText()
    addHealth(to: &text)
    addCounts(controls.meter.counts, to: &text)
    await addLoads(to: &text)
    return text.text
  }

  private func addHealth(to text: inout PrometheusText) {
    text.add(
      "sluice_info", .gauge, "The daemon's version.", [([("version", controls.facts.version)], 1)])
    var epoch: Epoch = 0
    if case .leading(let current) = engine.status { epoch = current }
    text.add("sluice_leader", .gauge, "1 while this daemon leads, and 0 otherwise.", epoch > 0 ? 1 : 0)
    text.add("sluice_epoch", .gauge, "The epoch of this daemon's reign; 0 while it does not lead.", Double(epoch))
    let unreadiness = unreadiness
    if let unreadiness { text.remark("not ready: \(unreadiness)") }
    text.add("sluice_ready", .gauge, "1 while scheduling goes on, and 0 otherwise.", unreadiness == nil ? 1 : 0)
    text.add("sluice_journal_position", .gauge, "The number of the journal's last event.", Double(engine.position))
    text.add(
      "sluice_journal_ahead_seconds", .gauge,
      "By how much the journal's last event is ahead of the daemon's clock; 0 where it is not.",
      engine.journalAhead.map { Histogram.seconds($0) } ?? 0)
    let lag = engine.lag
    text.add(
      "sluice_follower_lag_events", .gauge, "Events that the journal had at the last look, and this daemon has not read.",
      Double(lag?.events ?? 0))
    text.add(
      "sluice_follower_lag_seconds", .gauge, "How long ago this daemon had last read everything; 0 unless it follows.",
      lag.map { Histogram.seconds($0.age) } ?? 0)
    let connections = controls.connections.sorted { $0.key < $1.key }
    text.add(
      "sluice_location_connected", .gauge, "1 while a location's session is open.",
      connections.map { ([("location", $0.key.description)], $0.value.phase == .open ? 1 : 0) })
    text.add(
      "sluice_location_failed_connections", .gauge, "Tries to connect since a location's last session.",
      connections.map { ([("location", $0.key.description)], Double($0.value.failures)) })
  }

  private func addCounts(_ counts: Meter.Counts, to text: inout PrometheusText) {
    text.add("sluice_journal_events_total", .counter, "Events made durable.", Double(counts.events))
    text.add("sluice_journal_append_seconds", "How long the store took to make a batch durable.", counts.appends)
    text.add("sluice_journal_waiting", .gauge, "Callers that waited when the last batch was durable.", Double(counts.waiting))
    text.add("sluice_journal_pauses_total", .counter, "How often the store was away.", Double(counts.pauses))
    text.add(
      "sluice_steps_total", .counter, "Steps that ended, by location and outcome.",
      counts.steps.sorted { $0.key < $1.key }.flatMap { location, outcomes in
        outcomes.sorted { $0.key.rawValue < $1.key.rawValue }.map { outcome, count in
          ([("location", location.description), ("outcome", outcome.rawValue)], Double(count))
        }
      })
    text.add(
      "sluice_runs_total", .counter, "Runs that ended, by outcome.",
      counts.runs.sorted { $0.key.rawValue < $1.key.rawValue }.map { ([("outcome", $0.key.rawValue)], Double($0.value)) })
    add("sluice_promotions_total", "Versions that were promoted.", counts.promotions, to: &text)
    add("sluice_gate_closings_total", "Versions that were rejected, and closed the gate behind them.", counts.closings, to: &text)
    text.add(
      "sluice_schedule_ticks_total", .counter,
      "Ticks of schedules by what came of them: a run was launched, nothing was, or they were missed and skipped.",
      Set(counts.ticks.keys).union(counts.emptyTicks.keys).union(counts.skippedTicks.keys).sorted().flatMap { location in
        [("launched", counts.ticks), ("nothing", counts.emptyTicks), ("skipped", counts.skippedTicks)].map { result, ticks in
          ([("location", location.description), ("result", result)], Double(ticks[location] ?? 0))
        }
      })
    add("sluice_retries_total", "Attempts that were scheduled again.", counts.retries, to: &text)
  }

  private func add(_ name: String, _ help: String, _ counts: [LocationName: UInt64], to text: inout PrometheusText) {
    text.add(
      name, .counter, help,
      counts.sorted { $0.key < $1.key }.map { ([("location", $0.key.description)], Double($0.value)) })
  }

  private func addLoads(to text: inout PrometheusText) async {
    let read = try? await engine.read(within: Engine.slowStore) { state in
      (state.unfinishedRunCount, state.locations.mapValues(\.unsettled.count))
    }
    guard let (runs, unsettled) = read else { return }
    await addRefused(to: &text)
    text.add("sluice_runs_in_progress", .gauge, "Runs that have not ended.", Double(runs))
    // Only who leads knows what waits.
    guard case .leading = engine.status, let loads = try? await engine.loads().sorted(by: { $0.key < $1.key }) else { return }
    func add(_ name: String, _ help: String, _ value: (LocationName, LocationLoad) -> Int) {
      text.add(name, .gauge, help, loads.map { ([("location", $0.key.description)], Double(value($0.key, $0.value))) })
    }
    add(
      "sluice_location_queue_depth",
      "Steps of unfinished runs that wait: for a slot, for what they read, for another run's step of the same partition, for a retry."
    ) { $1.waiting }
    add("sluice_location_slot_queue_depth", "Those of them that may run and wait for a slot.") { $1.queued }
    add("sluice_location_slots", "Slots that a location offers.") { $1.slots }
    add("sluice_location_slots_in_use", "Slots that attempts hold.") { $1.slotsInUse }
    add("sluice_location_steps_in_progress", "Steps of unfinished runs that have not ended.") { $1.stepsInProgress.used }
    add("sluice_location_steps_in_progress_limit", "How many such steps there may be.") { $1.stepsInProgress.limit }
    add("sluice_location_log_bytes_today", "Bytes of log lines kept of today, UTC.") { $1.logBytesToday.used }
    add("sluice_location_log_bytes_today_limit", "How many such bytes there may be.") { $1.logBytesToday.limit }
    add("sluice_location_detail_bytes_today", "Bytes of metadata and messages kept of today, UTC.") { $1.detailBytesToday.used }
    add("sluice_location_detail_bytes_today_limit", "How many such bytes there may be.") { $1.detailBytesToday.limit }
    add("sluice_location_resting", "1 while its steps wait, since it has used up its share of the engine.") {
      $1.isResting ? 1 : 0
    }
    add("sluice_location_unsettled", "Decisions that storage has not carried out yet.") { name, _ in unsettled[name] ?? 0 }
  }

  private func addRefused(to text: inout PrometheusText) async {
    let tallies = (try? await engine.tallies()) ?? [:]
    let connections = controls.connections
    let names = Set(tallies.keys).union(connections.keys).sorted()
    text.add(
      "sluice_location_refused_total", .counter, "Parts of what a location sent that were refused or dropped, by reason.",
      names.flatMap { name in
        RefusedCount.all(tallies[name], connections[name]).map { refused in
          ([("location", name.description), ("reason", refused.reason)], Double(refused.count))
        }
      })
  }
}

extension Duration {
  /// Hours, minutes and seconds: `2 h 59 min 58 s`.
  fileprivate var inHours: String {
    let seconds = components.seconds
    let parts = [(seconds / 3_600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")].filter { $0.0 > 0 }
    return parts.map { "\($0.0) \($0.1)" }.joined(separator: " ")
  }
}
