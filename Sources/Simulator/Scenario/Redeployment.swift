// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Draws what a team deploys next: small changes of what it had.
struct Redeployment {
  var dice: Dice

  mutating func next(after deployment: Deployment) throws(ModelError) -> Deployment {
    var steps = deployment.manifest.steps
    for _ in 0..<dice.int(1...3) where !steps.isEmpty { try change(&steps) }
    let manifest = Manifest(
      location: deployment.manifest.location, steps: steps, schedules: try reschedule(deployment.manifest.schedules))
    return Deployment(
      manifest: manifest, digest: deployment.digest, slots: dice.int(1...4), isReadable: !dice.chance(0.12))
  }

  private mutating func change(_ steps: inout [StepSpec]) throws(ModelError) {
    let index = dice.int(0...(steps.count - 1))
    switch dice.int(0...9) {
    case 0 where steps.count > 1: steps.remove(at: index)
    case 1: steps[index] = steps[index].reading(steps[index].dependencies.dropLast())
    case 2: try repartition(&steps[index])
    case 3: yieldMore(&steps[index])
    case 4, 5: changeChecks(of: &steps[index]) { $0.dropLast() }
    case 6:
      changeChecks(of: &steps[index]) { checks in
        checks.map { CheckSpec(name: $0.name, version: ($0.version ?? "") + "i", severity: $0.severity) }
      }
    default:
      let severity: CheckSeverity = dice.chance(0.8) ? .block : .warn
      let name = "d\(dice.int(0...9))"
      changeChecks(of: &steps[index]) { checks in
        checks.contains { $0.name == name } ? checks : checks + [CheckSpec(name: name, severity: severity)]
      }
    }
  }

  /// Other times, or none; the schedule comes back where an earlier deployment does.
  private mutating func reschedule(_ schedules: [ScheduleSpec]) throws(ModelError) -> [ScheduleSpec] {
    guard let schedule = schedules.first, dice.chance(0.3) else { return schedules }
    if dice.chance(0.3) { return [] }
    return [
      ScheduleSpec(
        name: schedule.name,
        cron: dice.chance(0.5) ? try CronExpression(dice.pick(["*/30 * * * *", "10 * * * *"])) : schedule.cron,
        zone: dice.chance(0.3) ? try Zone("Asia/Kolkata") : schedule.zone, selection: schedule.selection,
        partition: schedule.partition)
    ]
  }

  private mutating func repartition(_ step: inout StepSpec) throws(ModelError) {
    step = StepSpec(
      name: step.name, partitions: try other(than: step.partitions), dependencies: step.dependencies, outputs: step.outputs,
      retry: step.retry, timeout: step.timeout)
  }

  /// Fewer or more partitions, sometimes of another kind, or none.
  private mutating func other(than space: PartitionSpace) throws(ModelError) -> PartitionSpace {
    switch space {
    case .single: return dice.chance(0.2) ? .keys(try StaticKeys(["k0", "k1"])) : .single
    case .keys(let keys):
      if dice.chance(0.15) { return .single }
      let names = keys.all.map(\.description)
      let added = "n\(names.count)"
      let shrinks = dice.chance(0.5) || names.contains(added)
      return .keys(try StaticKeys(shrinks && names.count > 1 ? Array(names.dropFirst()) : names.filter { $0 != added } + [added]))
    case .daily(let windows):
      let zone = dice.chance(0.3) ? try Zone("Asia/Kolkata") : windows.zone
      let first = windows.first.advanced(by: dice.int(-1...1))
      let last = dice.chance(0.5) ? windows.last : first.advanced(by: 1)
      return .daily(
        try DailyWindows(
          first: first, last: last.map { max($0, first) }, zone: zone,
          includingOpenWindow: dice.chance(0.2) != windows.includesOpenWindow))
    case .hourly(let windows):
      let start = windows.start + .seconds(3_600 * dice.int(-1...1))
      return .hourly(
        HourlyWindows(
          start: start, limit: dice.chance(0.5) ? windows.limit : 2, zone: windows.zone,
          includingOpenWindow: dice.chance(0.2) != windows.includesOpenWindow))
    }
  }

  private mutating func yieldMore(_ step: inout StepSpec) {
    if step.outputs.count > 1 {
      step = step.yielding([step.outputs[0]])
    } else if let key = try? AssetKey(step.outputs[0].key.description + "b") {
      step = step.yielding(step.outputs + [AssetSpec(key: key, output: step.outputs[0].output)])
    }
  }

  private func changeChecks(of step: inout StepSpec, _ change: ([CheckSpec]) -> [CheckSpec]) {
    step = step.yielding(step.outputs.map { $0.checked(by: change($0.checks)) })
  }
}
