// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI
import Orchestrator

extension ControlPlaneQueries {
  package func locations() async throws -> [ControlPlaneAPI.LocationSummary] {
    let (tallies, loads) = (try await engine.tallies(), try await engine.loads())
    return try await asking { locations(in: $0, tallies, loads) }
  }

  /// - Parameters:
  ///   - tallies: what came to nothing, by location.
  ///   - loads: how busy each is.
  func locations(
    in state: State, _ tallies: [LocationName: LocationTally] = [:], _ loads: [LocationName: LocationLoad] = [:]
  ) -> [ControlPlaneAPI.LocationSummary] {
    let problems = state.unknownUpstreamsWithGuesses().map { ($0.reader, "\($0.step): \($0.message(meaning: $1))") }
    let unknown = Dictionary(grouping: problems, by: \.0).mapValues { $0.map(\.1) }
    let assets = Dictionary(grouping: state.graph.producers.values, by: \.location).mapValues(\.count)
    let addresses = controls.addresses
    let connections = controls.connections
    let summaries = state.locationSummaries
    return summaries.filter(\.isListed).map { summary in
      LocationSummary(
        summary, address: addresses[summary.name] ?? "", connection: connections[summary.name], load: loads[summary.name],
        assets: assets[summary.name] ?? 0, unknown: unknown[summary.name] ?? [],
        refused: RefusedCount.all(tallies[summary.name], connections[summary.name]))
    }
  }

  /// How many locations are in each state.
  func locationCounts(_ standings: [Orchestrator.LocationSummary]) -> [DaemonStatus.LocationCount] {
    let connections = controls.connections
    let states = standings.lazy.filter(\.isListed).map { LocationSummary.standing($0, connections[$0.name]).0 }
    let counts = Dictionary(grouping: states) { $0 }.mapValues(\.count)
    return ControlPlaneAPI.LocationState.allCases.compactMap { state in
      counts[state].map { DaemonStatus.LocationCount(state: state, count: $0) }
    }
  }

  /// What is wrong with locations, in short: the list of locations says more.
  func problems(of standings: [Orchestrator.LocationSummary], refused: [LocationName: Int]) -> [String] {
    let connections = controls.connections
    let listed = standings.filter(\.isListed)
    let unreachable = listed.filter { LocationSummary.standing($0, connections[$0.name]).0 == .unreachable }.map(\.name)
    let whole = listed.filter { $0.manifestRefusal != nil }.map(\.name)
    let count = refused.values.reduce(0, +)
    let more = "; 'sluice locations' says why"
    return [
      unreachable.isEmpty ? nil : Self.counted(unreachable, "location is unreachable", "locations are unreachable") + more,
      whole.isEmpty ? nil : "the manifest of " + Self.counted(whole, "location was refused", "locations was refused") + more,
      count == 0
        ? nil
        : "\(count) \(count == 1 ? "definition is" : "definitions are") refused, of \(Self.names(refused.keys.sorted()))" + more,
    ].compactMap(\.self)
  }

  private static func counted(_ names: [LocationName], _ one: String, _ several: String) -> String {
    "\(names.count) \(names.count == 1 ? one : several) (\(self.names(names.sorted())))"
  }

  /// The first of some names.
  private static func names(_ names: [LocationName]) -> String {
    let more = names.count - QueryLimits.named
    return names.prefix(QueryLimits.named).map(\.description).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  package func reload() async throws -> ReloadResult { try await controls.reload() }

  package func backUp(_ request: BackupRequest) async throws -> BackupSummary { try await controls.backUp(request) }

  /// Their next ticks are looked for beside the loop, as long as nobody else needs the permit for that; the last ones are read then.
  package func schedules() async throws -> [ControlPlaneAPI.ScheduleSummary] {
    let summaries = try await answering { try await asking(\.scheduleSummaries) }
    var result: [ControlPlaneAPI.ScheduleSummary] = []
    for summary in summaries {
      try Task.checkCancellation()
      result.append(ScheduleSummary(summary, last: try await history.ticks(of: summary.id, limit: 1).first))
    }
    return result
  }

  package func setSchedule(location: String, name: String, paused: Bool) async throws -> ControlPlaneAPI.ScheduleSummary {
    let id = ScheduleID(location: try LocationName(location), name: name)
    let reply = try await engine.submit(paused ? .pauseSchedule(id) : .resumeSchedule(id))
    if case .refused(let error) = reply { throw error }
    guard let summary = try await asking({ $0.scheduleSummary(of: id) }) else {
      throw APIError(.notFound, "there is no schedule '\(id)'", mend: "'sluice schedules' lists them")
    }
    return ScheduleSummary(summary, last: try await history.ticks(of: id, limit: 1).first)
  }
}

extension Orchestrator.LocationSummary {
  /// Whether it is in the workspace, or was and has not ended.
  fileprivate var isListed: Bool { availability != .removed || slotsInUse > 0 || unsettled > 0 }
}

extension ControlPlaneAPI.LocationSummary {
  init(
    _ summary: Orchestrator.LocationSummary, address: String, connection: ConnectionStatus?, load: LocationLoad?, assets: Int,
    unknown: [String], refused: [RefusedCount]
  ) {
    let (state, detail) = Self.standing(summary, connection)
    let shown = summary.refusals.prefix(APILimits.problems)
    var problems = Self.grouped(shown) + unknown
    let more = summary.refusalCount - Set(shown.map(\.definition)).count
    if more > 0 { problems.append("\(more) more definitions were refused") }
    if let note = RefusedCount.note(refused) { problems.append(note) }
    let shares = load.map { ShareUse.all($0) } ?? []
    for share in shares where share.percent >= Self.nearlyUsed {
      problems.append("it uses \(share.percent) % of its \(share.name): \(share.used) of \(share.limit)")
    }
    if load?.isResting == true {
      problems.append("its steps wait for a moment: it has used up its share of the engine (workPerSecond)")
    }
    if let unsettled = load?.unsettled, unsettled.used >= unsettled.limit {
      problems.append(
        "its steps wait until its storage has settled what was decided: \(unsettled.used) versions of at most "
          + "\(unsettled.limit) (unsettledPerLocation)")
    }
    if let refusal = summary.manifestRefusal { problems.insert("its manifest was refused: \(refusal)", at: 0) }
    self.init(
      name: summary.name.description, address: address, owns: summary.owns.map(\.description), state: state, detail: detail,
      since: summary.unavailableSince.map { Instant($0) }, version: summary.version,
      manifest: summary.manifest?.description, assets: assets, slots: summary.slots > 0 ? summary.slots : nil,
      stepsInFlight: summary.slotsInUse, problems: problems, refused: refused, shares: shares)
  }

  /// What several definitions were refused for stands once, behind the first of their names.
  private static func grouped(_ refusals: some Sequence<Refusal>) -> [String] {
    var places: [String: Int] = [:]
    var groups: [(reason: String, names: [String])] = []
    for refusal in refusals {
      let place = places[refusal.reason] ?? groups.count
      if place == groups.count { groups.append((refusal.reason, [])) }
      places[refusal.reason] = place
      if groups[place].names.last != refusal.definition { groups[place].names.append(refusal.definition) }
    }
    return groups.map { reason, names in
      let more = names.count - QueryLimits.named
      return names.prefix(QueryLimits.named).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "") + ": \(reason)"
    }
  }

  /// Percent of a share from which on operators are told.
  private static let nearlyUsed = 80

  fileprivate static func standing(
    _ summary: Orchestrator.LocationSummary, _ connection: ConnectionStatus?
  ) -> (ControlPlaneAPI.LocationState, String?) {
    switch summary.availability {
    case .available: (.connected, nil)
    case .manifestNotInForce: (.connected, "its manifest is not in force")
    case .removed: (.removed, "its steps in flight finish within their grace period")
    case .draining: (.draining, "its server is going down")
    case .unreachable:
      connection.map { $0.failures > 0 || $0.problem != nil } ?? false
        ? (.unreachable, connection?.problem) : (.connecting, nil)
    }
  }
}

extension ControlPlaneAPI.ScheduleSummary {
  init(_ summary: Orchestrator.ScheduleSummary, last: TickRecord?) {
    self.init(
      location: summary.id.location.description, name: summary.id.name, description: summary.spec.description,
      cron: summary.spec.cron.description, zone: summary.spec.zone.description, selection: summary.spec.selection.description,
      partition: summary.spec.partition.rawValue, paused: summary.isPaused, lastTick: last.map { Instant($0.tick) },
      lastRun: last?.run?.number, lastProblem: last?.problem, lastSkipped: last.flatMap { $0.skipped > 0 ? $0.skipped : nil },
      runsInProgress: summary.unfinishedRuns, nextTick: summary.next.map { Instant($0) })
  }
}

extension RefusedCount {
  /// Everything of a location that came to nothing, by reason.
  static func all(_ tally: LocationTally?, _ connection: ConnectionStatus?) -> [RefusedCount] {
    let decided = LocationTally.Reason.allCases.map { RefusedCount(reason: $0.rawValue, count: tally?[$0] ?? 0) }
    let unread = RefusedMessage.allCases.map { RefusedCount(reason: $0.rawValue, count: connection?.refused[$0] ?? 0) }
    return (decided + unread).filter { $0.count > 0 }.sorted { $0.reason < $1.reason }
  }

  /// What an orderly location comes to as well, after a break or a fenced attempt.
  private static let harmless: Set<String> = Set(
    [LocationTally.Reason.lateReport, .outOfTurn, .foreignVersion].map(\.rawValue) + [RefusedMessage.unknown.rawValue])

  /// What its team and the operators should know of; nil where there is nothing.
  static func note(_ refused: [RefusedCount]) -> String? {
    let telling = refused.filter { !harmless.contains($0.reason) }
    guard !telling.isEmpty else { return nil }
    return "since the daemon leads, part of what it sent was refused or dropped: "
      + telling.map { "\($0.reason) \($0.count)" }.joined(separator: ", ")
  }
}

extension ShareUse {
  fileprivate static func all(_ load: LocationLoad) -> [ShareUse] {
    [
      ShareUse(name: "steps_in_progress", used: load.stepsInProgress.used, limit: load.stepsInProgress.limit),
      ShareUse(name: "log_bytes_per_day", used: load.logBytesToday.used, limit: load.logBytesToday.limit),
      ShareUse(name: "detail_bytes_per_day", used: load.detailBytesToday.used, limit: load.detailBytesToday.limit),
    ]
  }
}
