// SPDX-License-Identifier: Apache-2.0

import AssetModel

extension DefinitionResolver {
  /// Finds what each dependency means, and refuses cycles.
  mutating func resolveUpstreams() {
    for index in steps.indices {
      let readings = steps[index].declaration.readings
      steps[index].upstreams = readings.map { upstream(of: $0, in: steps[index]) }
      if readings.count > Limits.dependenciesPerStep {
        add("reads \(readings.count) assets, more than \(Limits.dependenciesPerStep): read fewer", to: steps[index])
      }
    }
  }

  private mutating func upstream(of reading: ErasedReading, in step: ResolvedStep) -> AssetKey? {
    let key: AssetKey
    do {
      key = try AssetKey(reading.key)
    } catch {
      add("reads an asset whose key is malformed: \(error)", to: step)
      return nil
    }
    if owners[key] != nil { return key }
    let mend = NameSuggestion.mend(for: reading.key, among: owners.keys.map(\.description))
    switch reading.partitions {
    case .ofDefinition:
      add(
        "reads '\(key)', which location '\(location)' does not define\(mend): list it in 'definitions', "
          + "or read another team's asset as 'Upstream(\"\(key)\")'", to: step)
      return nil
    case .declared:
      // Which keys are its own only the workspace says; the location's name is the rule, and the usual mistake is a slip of the pen.
      if key.segments[0] == location {
        add("reads '\(key)', and location '\(location)' defines no such asset\(mend): define it, or correct the key", to: step)
        return nil
      }
      return key
    }
  }

  /// Every own step after those that it reads; steps on a cycle are left out, each cycle being reported once.
  mutating func stepsInOrder() -> [Int] {
    var order: [Int] = []
    var state = [Visit](repeating: .new, count: steps.count)
    for index in steps.indices { visit(index, path: [], state: &state, order: &order) }
    return order
  }

  private enum Visit { case new, open, done, onCycle }

  /// - Returns: whether the step can be ordered.
  @discardableResult
  private mutating func visit(_ index: Int, path: [Int], state: inout [Visit], order: inout [Int]) -> Bool {
    switch state[index] {
    case .done: return true
    case .onCycle: return false
    case .open:
      reportCycle(Array(path[path.firstIndex(of: index)!...]) + [index])
      return false
    case .new: break
    }
    state[index] = .open
    var isOrdered = true
    for upstream in upstreamSteps(of: index) {
      if !visit(upstream, path: path + [index], state: &state, order: &order) { isOrdered = false }
    }
    state[index] = isOrdered ? .done : .onCycle
    if isOrdered { order.append(index) }
    return isOrdered
  }

  private func upstreamSteps(of index: Int) -> [Int] { steps[index].upstreams.compactMap { $0.flatMap { owners[$0] } } }

  private mutating func reportCycle(_ path: [Int]) {
    let names = path.map { steps[$0].subject }
    let text = names.count == 2 ? "reads itself" : "is on a cycle: \(names.joined(separator: " reads "))"
    add("\(text); remove one of these dependencies", to: steps[path[0]])
  }
}
