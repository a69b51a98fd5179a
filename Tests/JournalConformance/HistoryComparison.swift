// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Compares the answers of two histories to every query that their events suggest.
struct HistoryComparison {
  let wanted: any History
  let found: any History
  let label: String

  func run(over events: [StampedEvent]) async throws {
    let launched = events.compactMap { stamped -> RunPlan? in
      if case .runLaunched(let plan) = stamped.event { plan } else { nil }
    }
    try await same("runs") { try await $0.runs(before: nil, limit: .max) }
    try await compareFilters()
    for plan in launched { try await compare(run: plan) }
    let partitions = Set(
      launched.flatMap { plan in
        (0..<plan.stepCount).flatMap { PlannedSteps(nodes: plan.nodes)[$0]?.targets ?? [] }
      })
    for partition in partitions.sorted() { try await compare(partition) }
    for (asset, ones) in Dictionary(grouping: partitions, by: \.asset).sorted(by: { $0.key < $1.key }) {
      let keys = ones.map(\.partition)
      try await same("latest steps of \(asset)") { try await $0.latestSteps(of: asset, in: keys + ["never"]) }
      try await same("a latest step of \(asset)") { try await $0.latestSteps(of: asset, in: Array(keys.prefix(1))) }
    }
    let schedule = ScheduleID(location: SampleEvents.weather, name: "nightly")
    try await same("ticks") { try await $0.ticks(of: schedule, limit: .max) }
    try await same("ticks of an unknown schedule") {
      try await $0.ticks(of: ScheduleID(location: SampleEvents.weather, name: "unknown"), limit: 5)
    }
  }

  private func compareFilters() async throws {
    let schedule = ScheduleID(location: SampleEvents.weather, name: "nightly")
    let unknown = ScheduleID(location: SampleEvents.weather, name: "unknown")
    let day = SampleEvents.days.key(at: 3)
    let filters: [RunFilter] =
      [RunFilter(), RunFilter(status: .unfinished)] + RunOutcome.allCases.map { RunFilter(status: .ended($0)) } + [
        RunFilter(kind: .checksOnly), RunFilter(kind: .materialize), RunFilter(cause: .manual), RunFilter(cause: .anySchedule),
        RunFilter(cause: .schedule(schedule)), RunFilter(cause: .schedule(unknown)), RunFilter(from: RunID(3)),
        RunFilter(location: SampleEvents.weather), RunFilter(asset: SampleEvents.hourly),
        RunFilter(asset: SampleEvents.summary, partition: day), RunFilter(partition: day), RunFilter(partition: "never"),
        RunFilter(status: .ended(.failed), kind: .materialize, cause: .manual, asset: SampleEvents.hourly),
      ]
    for filter in filters {
      try await same("all runs of \(filter)") { try await $0.runs(filter, before: nil, limit: 10_000) }
      try await same("two runs of \(filter)") { try await $0.runs(filter, before: nil, limit: 2) }
      try await same("runs of \(filter) before 4") { try await $0.runs(filter, before: RunID(4), limit: 2) }
    }
    for second in [-1, 0, 7, 100, 1_000_000] as [Int64] {
      try await same("the first run since \(second)") { try await $0.firstRun(since: SampleEvents.at(second)) }
    }
  }

  private func compare(run plan: RunPlan) async throws {
    let run = plan.id
    try await same("run \(run)") { try await $0.run(run) }
    try await same("steps of run \(run)") { try await $0.steps(of: run, from: 0, limit: .max) }
    try await same("a page of run \(run)") { try await $0.steps(of: run, from: 2, limit: 3) }
    let steps = (0..<plan.stepCount).map { StepID(run: run, ordinal: $0) }
    try await same("attempts of run \(run)") { try await $0.attempts(of: steps + steps.prefix(1)) }
    try await same("attempts of a step") { try await $0.attempts(of: Array(steps.suffix(1))) }
    try await same("logs of run \(run)") { try await $0.logs(of: run, step: nil, after: 0, limit: .max) }
    try await same("logs of a step") { try await $0.logs(of: run, step: 1, after: 0, limit: 2) }
  }

  private func compare(_ partition: AssetPartition) async throws {
    try await same("versions of \(partition)") { try await $0.versions(of: partition, limit: .max) }
    try await same("newest versions of \(partition)") { try await $0.versions(of: partition, limit: 2) }
    let known = try await wanted.versions(of: partition, limit: .max).map(\.version)
    try await same("versions of \(partition) by name") { history in
      Set(try await history.versions(known + [VersionRef(partition, 4_000_000_000)]))
    }
    try await same("places of \(partition)") { history in
      Set(try await history.places(of: known + known.prefix(1) + [VersionRef(partition, 4_000_000_000)]))
    }
    for version in known {
      try await same("evaluations of \(version)") { try await $0.evaluations(of: version) }
      try await same("checks on \(version)") { try await $0.checks(on: version) }
    }
  }

  private func same<Answer: Equatable>(_ what: String, _ ask: (any History) async throws -> Answer) async throws {
    try requireEqual(try await ask(found), try await ask(wanted), "\(label): \(what)")
  }

  private func same<Answer: Equatable>(_ what: String, _ ask: (any History) async throws -> [Answer]) async throws {
    try requireEqual(try await ask(found), try await ask(wanted), "\(label): \(what)")
  }
}
