// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI

/// Locations, schedules and checks as people read them.
package enum ListRendering {
  package static func locations(_ locations: [LocationSummary], style: Style) -> Shown {
    guard !locations.isEmpty else { return "the workspace has no locations: add one with 'sluice init NAME'" }
    var table = Table([
      .left("LOCATION"), .left("STATE"), .left("ADDRESS"), .left("VERSION"), .right("ASSETS"), .right("RUNNING"),
      .left("MANIFEST"), .left("DETAIL"),
    ])
    for location in locations {
      table.add([
        .init("\(location.name)", .strong), .init("\(location.state.rawValue)", tone(location.state)),
        .init("\(location.address)"), .init("\(location.version ?? "")"), .init("\(location.assets)"),
        .init("\(location.stepsInFlight)" + (location.slots.map { "/\($0)" } ?? "")),
        .init(location.manifest.map(shortDigest) ?? "", .faint), .init("\(location.detail ?? "")", .warning),
      ])
    }
    let problems: [Shown] = locations.flatMap { location in
      location.problems.map { "\(style(.bad, "✗")) \(style(.strong, "\(location.name)")): \($0)" }
    }
    return ([table.render(style)] + (problems.isEmpty ? [] : [""]) + problems).joined(separator: "\n")
  }

  package static func schedules(_ schedules: [ScheduleSummary], style: Style) -> Shown {
    guard !schedules.isEmpty else { return "no location declares a schedule" }
    var table = Table([
      .left("SCHEDULE"), .left("CRON"), .left("ZONE"), .left("SELECTION"), .left("PARTITION"), .left("LAST TICK"),
      .right("RUN"), .right("RUNNING"), .left("NEXT TICK"),
    ])
    for schedule in schedules {
      let next = schedule.paused ? Table.Cell("paused", .warning) : .init(schedule.nextTick.map(RunRendering.seconds) ?? "")
      table.add([
        .init("\(schedule.location)/\(schedule.name)", .strong), .init("\(schedule.cron)"), .init("\(schedule.zone)"),
        .init("\(schedule.selection)"), .init("\(schedule.partition)"),
        .init(schedule.lastTick.map(RunRendering.seconds) ?? "never"),
        schedule.lastRun.map { .init("\($0)") } ?? .init(schedule.lastProblem == nil ? "" : "none", .bad),
        .init(schedule.runsInProgress > 0 ? "\(schedule.runsInProgress)" : ""), next,
      ])
    }
    let notes = schedules.flatMap { Self.notes(on: $0, style) }
    return ([table.render(style)] + (notes.isEmpty ? [] : [""]) + notes).joined(separator: "\n")
  }

  private static func notes(on schedule: ScheduleSummary, _ style: Style) -> [Shown] {
    let name = style(.strong, "\(schedule.location)/\(schedule.name)")
    var notes: [Shown] = []
    if let problem = schedule.lastProblem {
      notes.append("\(style(.bad, "✗")) \(name): its last tick launched nothing: \(problem)")
    }
    if let skipped = schedule.lastSkipped {
      let ticks: Shown = skipped == 1 ? "1 tick" : "\(skipped) ticks"
      notes.append("\(style(.warning, "!")) \(name): \(ticks) before the last one were missed, and did not fire")
    }
    return notes
  }

  /// How often each check passed, then every result that is no pass.
  package static func checks(_ results: [CheckResult], asset: String, style: Style) -> Shown {
    guard !results.isEmpty else { return "\(asset) has no check results: nothing was materialized, or no check is declared" }
    var table = Table([.left("CHECK"), .left("SEVERITY"), .right("PASSED"), .left("ELSE")])
    for check in Set(results.map(\.check)).sorted() {
      let group = results.filter { $0.check == check }
      let passed = group.count { $0.outcome == "passed" }
      let rest = Dictionary(grouping: group.filter { $0.outcome != "passed" }, by: \.outcome).sorted { $0.key < $1.key }
      table.add([
        .init("\(check)", .strong), .init("\(group[0].severity)"), .init("\(passed)/\(group.count)"),
        .init(
          rest.map { "\($0.value.count) \($0.key)" as Shown }.joined(separator: ", "),
          group[0].severity == "warn" ? .warning : .bad),
      ])
    }
    let notable = results.filter { $0.outcome != "passed" || !$0.metadata.isEmpty && results.count <= 20 }
    return ([table.render(style)] + grouped(notable).flatMap { [""] + result($0.first, of: $0.count, style) })
      .joined(separator: "\n")
  }

  /// Results that say the same of several partitions, once.
  private static func grouped(_ results: [CheckResult]) -> [(first: CheckResult, count: Int)] {
    struct Said: Hashable {
      let check: String
      let severity: String
      let outcome: String
      let message: String?
      let metadata: Metadata
    }
    var places: [Said: Int] = [:]
    var groups: [(first: CheckResult, count: Int)] = []
    for result in results {
      let said = Said(
        check: result.check, severity: result.severity, outcome: result.outcome, message: result.message,
        metadata: result.metadata)
      if let place = places[said] {
        groups[place].count += 1
      } else {
        places[said] = groups.count
        groups.append((result, 1))
      }
    }
    return groups
  }

  private static func result(_ result: CheckResult, of count: Int, _ style: Style) -> [Shown] {
    let isPass = result.outcome == "passed"
    let mark = isPass ? style(.good, "✓") : style(result.severity == "warn" ? .warning : .bad, "✗")
    let name = WhyRendering.name(result.asset, result.partition) + " v\(result.version)"
    let more: Shown = count == 1 ? "" : style(.faint, "  and \(count - 1) more \(count == 2 ? "partition" : "partitions")")
    let head: Shown =
      "\(mark) \(style(.strong, name))  \(result.check)" + (isPass ? "" : "  \(result.outcome)") + more
    return [head] + Shown.lines(result.message ?? "").map { "  " + $0 }
      + result.metadata.sorted { $0.key < $1.key }.map { "  " + style(.faint, "\($0.key): ") + "\($0.value)" }
  }

  package static func status(_ status: DaemonStatus, style: Style) -> Shown {
    let locations = status.locations.map { "\($0.count) \($0.state.rawValue)" as Shown }.joined(separator: ", ")
    var lines: [Shown] = [
      "sluiced \(status.version), up since \(status.startedAt)",
      "workspace  \(status.workspace)",
      "data       \(status.dataDirectory)",
    ]
    if status.epoch > 0 {
      lines.append("journal    \(status.position) events, epoch \(status.epoch), incarnation \(status.incarnation)")
      lines.append("runs       \(status.runsInProgress) in progress")
      lines.append("locations  \(locations.isEmpty ? "none" : locations)")
    }
    if let leader = status.leader { lines.append("follows    \(leader), which leads") }
    lines += status.problems.map { "\(style(.bad, "✗")) \($0)" }
    return lines.joined(separator: "\n")
  }

  package static func reload(_ result: ReloadResult) -> Shown {
    let parts = [("added", result.added), ("changed", result.changed), ("removed", result.removed)]
      .filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1.joined(separator: ", "))" as Shown }
    return parts.isEmpty ? "workspace reloaded: nothing changed" : "workspace reloaded: " + parts.joined(separator: "; ")
  }

  private static func tone(_ state: LocationState) -> Tone {
    switch state {
    case .connected: .good
    case .connecting, .draining: .warning
    case .unreachable: .bad
    case .removed: .faint
    }
  }

  private static func shortDigest(_ digest: String) -> Shown {
    Shown((digest.split(separator: ":").last ?? "").prefix(12))
  }
}
