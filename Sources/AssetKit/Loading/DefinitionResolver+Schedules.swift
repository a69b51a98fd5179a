// SPDX-License-Identifier: Apache-2.0

import AssetModel

extension DefinitionResolver {
  /// Checks the schedules, and gives those that are fine.
  mutating func schedules() -> [ScheduleSpec] {
    var places: [String: SourcePlace] = [:]
    return definitions.schedules.enumerated().compactMap { index, schedule in
      let order = steps.count + 1 + index
      if let problem = NameRules.problem(in: schedule.name) { note(problem, on: schedule, order: order) }
      if let first = places.updateValue(schedule.source, forKey: schedule.name) {
        note("is defined twice, also at \(first): rename or remove one", on: schedule, order: order)
      }
      return spec(of: schedule, order: order)
    }
  }

  private mutating func spec(of schedule: Schedule, order: Int) -> ScheduleSpec? {
    let cron = parsed(schedule, order) { () throws(ModelError) in try CronExpression(schedule.cron) }
    let zone = parsed(schedule, order) { () throws(ModelError) in try Zone(schedule.zone) }
    let selection = parsed(schedule, order) { () throws(ModelError) in try Selection(schedule.selection) }
    for clause in selection?.clauses ?? [] {
      if let problem = problem(in: clause) { note("selects \(problem)", on: schedule, order: order) }
    }
    guard let cron, let zone, let selection else { return nil }
    return ScheduleSpec(
      name: schedule.name, cron: cron, zone: zone, selection: selection, partition: schedule.partition,
      description: schedule.description)
  }

  private mutating func parsed<Value>(
    _ schedule: Schedule, _ order: Int, _ parse: () throws(ModelError) -> Value
  ) -> Value? {
    do {
      return try parse()
    } catch {
      note("\(error)", on: schedule, order: order)
      return nil
    }
  }

  /// A schedule selects only its own location's assets (semantics 21).
  private func problem(in clause: Selection.Clause) -> String? {
    let mend = "a schedule selects only assets of its own location"
    switch clause.term {
    case .all: return owners.isEmpty ? "assets, and the location defines none" : nil
    case .key(let key):
      if owners[key] != nil { return nil }
      let guess = NameSuggestion.mend(for: key.description, among: owners.keys.map(\.description))
      return "'\(key)', which the location does not define\(guess): \(mend)"
    case .below(let prefix):
      let isThere = owners.keys.contains { $0.description.hasPrefix("\(prefix)/") }
      return isThere ? nil : "'\(prefix)/*', and the location defines no such asset: \(mend)"
    case .group(let name):
      let isThere = definitions.steps.contains { $0.outputs.contains { $0.group == name } }
      return isThere ? nil : "group '\(name)', and no asset of the location is in it: put one in with '.group(\"\(name)\")'"
    }
  }

  private mutating func note(_ message: String, on schedule: Schedule, order: Int) {
    problems.add("schedule '\(schedule.name)'", message, at: schedule.source, order: order)
  }
}
