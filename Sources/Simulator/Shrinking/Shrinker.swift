// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Makes a failing scenario smaller for as long as it breaks the same invariant: fewer actions, locations and steps.
struct Shrinker {
  /// How many smaller scenarios are tried at most.
  private let budget: Int
  private var best: Scenario
  private let invariant: Invariant
  private let sabotage: Sabotage?
  private(set) var tries = 0

  init(_ scenario: Scenario, _ invariant: Invariant, sabotage: Sabotage?, budget: Int) {
    best = scenario
    self.invariant = invariant
    self.sabotage = sabotage
    self.budget = budget
  }

  mutating func shrink() -> Scenario {
    var isShrinking = true
    while isShrinking, tries < budget {
      isShrinking = false
      if dropActions() { isShrinking = true }
      if dropLocations() { isShrinking = true }
      if dropSteps() { isShrinking = true }
      if calm() { isShrinking = true }
    }
    return best
  }

  /// Takes a smaller scenario when it fails in the same way.
  private mutating func take(_ candidate: Scenario) -> Bool {
    guard tries < budget else { return false }
    tries += 1
    guard Simulator.run(candidate, sabotage: sabotage).violation?.invariant == invariant else { return false }
    best = candidate
    return true
  }

  /// In halves, quarters and so on down to single ones, from the end.
  private mutating func dropActions() -> Bool {
    var dropped = false
    var size = max(1, best.actions.count / 2)
    while size >= 1 {
      var end = best.actions.count
      while end > 0 {
        var candidate = best
        let start = max(0, end - size)
        candidate.actions.removeSubrange(start..<end)
        if take(candidate) { dropped = true }
        end = start
      }
      size /= 2
    }
    return dropped
  }

  private mutating func dropLocations() -> Bool {
    var dropped = false
    for location in best.locations where best.locations.count > 1 {
      var candidate = best
      candidate.locations.removeAll { $0.name == location.name }
      candidate.deployments[location.name] = nil
      candidate.actions.removeAll { $0.action.location == location.name }
      if take(candidate) { dropped = true }
    }
    return dropped
  }

  private mutating func dropSteps() -> Bool {
    var dropped = false
    for (name, chain) in best.deployments.sorted(by: { $0.key < $1.key }) {
      for step in chain.first?.manifest.steps ?? [] {
        var candidate = best
        candidate.deployments[name] = candidate.deployments[name]?.map { $0.without(step.name) }
        if take(candidate) { dropped = true }
      }
      guard chain.first?.manifest.schedules.isEmpty == false else { continue }
      var candidate = best
      candidate.deployments[name] = candidate.deployments[name]?.map { $0.withoutSchedules() }
      if take(candidate) { dropped = true }
    }
    return dropped
  }

  /// Leaves out one kind of misbehaviour after the other.
  private mutating func calm() -> Bool {
    var dropped = false
    for path in Temper.paths where best.temper[keyPath: path] > 0 {
      var candidate = best
      candidate.temper[keyPath: path] = 0
      if take(candidate) { dropped = true }
    }
    return dropped
  }
}

extension Temper {
  static var paths: [WritableKeyPath<Temper, Double>] {
    [
      \.throwing, \.hanging, \.mistaken, \.deaf, \.failingCheck, \.erringCheck, \.forgottenCheck, \.lying, \.stray,
      \.staleDescription,
    ]
  }
}

extension Deployment {
  fileprivate func without(_ step: String) -> Deployment {
    changed(manifest.steps.filter { $0.name != step }, manifest.schedules)
  }

  fileprivate func withoutSchedules() -> Deployment { changed(manifest.steps, []) }

  private func changed(_ steps: [StepSpec], _ schedules: [ScheduleSpec]) -> Deployment {
    var changed = self
    changed.manifest = Manifest(location: manifest.location, steps: steps, schedules: schedules)
    return changed
  }
}

extension Action {
  /// The location that it strikes, where it strikes one.
  fileprivate var location: LocationName? {
    switch self {
    case .crashHost(let name, _), .drainHost(let name, _), .redeploy(let name, _, _), .changeSlots(let name, _),
      .breakSession(let name), .partition(let name, _), .raiseEpoch(let name):
      name
    case .reload(let names): names.first
    default: nil
    }
  }
}
