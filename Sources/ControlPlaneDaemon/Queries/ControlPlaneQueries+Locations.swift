// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import ControlPlaneAPI
import Orchestrator

extension ControlPlaneQueries {
  package func locations() async throws -> [ControlPlaneAPI.LocationSummary] {
    locations(in: try await engine.durableState())
  }

  func locations(in state: State) -> [ControlPlaneAPI.LocationSummary] {
    let problems = state.unknownUpstreamsWithGuesses().map { ($0.reader, "\($0.step): \($0.message(meaning: $1))") }
    let unknown = Dictionary(grouping: problems, by: \.0).mapValues { $0.map(\.1) }
    let assets = Dictionary(grouping: state.graph.producers.values, by: \.location).mapValues(\.count)
    let addresses = controls.addresses
    let connections = controls.connections
    let summaries = state.locationSummaries
    return summaries.filter { $0.availability != .removed || $0.slotsInUse > 0 || $0.unsettled > 0 }.map { summary in
      LocationSummary(
        summary, address: addresses[summary.name] ?? "", connection: connections[summary.name],
        assets: assets[summary.name] ?? 0, unknown: unknown[summary.name] ?? [])
    }
  }

  package func reload() async throws -> ReloadResult { try await controls.reload() }

  package func backUp(_ request: BackupRequest) async throws -> BackupSummary { try await controls.backUp(request) }

  package func schedules() async throws -> [ControlPlaneAPI.ScheduleSummary] {
    var result: [ControlPlaneAPI.ScheduleSummary] = []
    for summary in try await engine.read({ $0.scheduleSummaries }) {
      result.append(ScheduleSummary(summary, last: try await history.ticks(of: summary.id, limit: 1).first))
    }
    return result
  }

  package func setSchedule(location: String, name: String, paused: Bool) async throws -> ControlPlaneAPI.ScheduleSummary {
    let id = ScheduleID(location: try LocationName(location), name: name)
    let reply = try await engine.submit(paused ? .pauseSchedule(id) : .resumeSchedule(id))
    if case .refused(let error) = reply { throw error }
    guard let summary = try await engine.read({ $0.scheduleSummaries.first { $0.id == id } }) else {
      throw APIError(.notFound, "there is no schedule '\(id)'", mend: "'sluice schedules' lists them")
    }
    return ScheduleSummary(summary, last: try await history.ticks(of: id, limit: 1).first)
  }
}

extension ControlPlaneAPI.LocationSummary {
  init(
    _ summary: Orchestrator.LocationSummary, address: String, connection: ConnectionStatus?, assets: Int,
    unknown: [String]
  ) {
    let (state, detail) = Self.standing(summary, connection)
    var problems = summary.refusals.map { "\($0.definition): \($0.reason)" } + unknown
    if let refusal = summary.manifestRefusal { problems.insert("its manifest was refused: \(refusal)", at: 0) }
    self.init(
      name: summary.name.description, address: address, owns: summary.owns.map(\.description), state: state, detail: detail,
      since: summary.unavailableSince.map { Instant($0) }, version: summary.version,
      manifest: summary.manifest?.description, assets: assets, slots: summary.slots > 0 ? summary.slots : nil,
      stepsInFlight: summary.slotsInUse, problems: problems)
  }

  private static func standing(
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
      lastRun: last?.run?.number, nextTick: summary.next.map { Instant($0) })
  }
}
