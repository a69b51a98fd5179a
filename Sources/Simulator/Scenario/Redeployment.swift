// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Draws what a team deploys next: small changes of what it had.
struct Redeployment {
  var dice: Dice

  mutating func next(after deployment: Deployment) throws(ModelError) -> Deployment {
    var steps = deployment.manifest.steps
    for _ in 0..<dice.int(1...3) where !steps.isEmpty { try change(&steps) }
    let manifest = Manifest(location: deployment.manifest.location, steps: steps, schedules: deployment.manifest.schedules)
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

  private mutating func repartition(_ step: inout StepSpec) throws(ModelError) {
    guard case .keys(let keys) = step.partitions else { return }
    let names = keys.all.map(\.description)
    let added = "n\(names.count)"
    let shrinks = dice.chance(0.5) || names.contains(added)
    let changed = shrinks && names.count > 1 ? Array(names.dropFirst()) : names.filter { $0 != added } + [added]
    step = StepSpec(
      name: step.name, partitions: .keys(try StaticKeys(changed)), dependencies: step.dependencies, outputs: step.outputs,
      retry: step.retry, timeout: step.timeout)
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
