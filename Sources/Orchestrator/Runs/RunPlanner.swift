// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Turns a launch into a plan, on the graph in force.
struct RunPlanner {
  let state: State
  let policy: CorePolicy
  let now: Timestamp

  struct Plan {
    let plan: RunPlan
    let leftOut: [String]
  }

  func plan(
    _ request: LaunchRequest, id: RunID, origin: RunOrigin, within location: LocationName? = nil
  ) throws(CommandError) -> Plan {
    let assets = try select(request.selection, within: location)
    let (schedulable, leftOut) = try sort(out: assets, named: request.selection)
    let nodes = try number(try units(of: schedulable, request), origin)
    guard !nodes.isEmpty else {
      throw CommandError(
        .badSelection,
        "selection '\(request.selection.description.quoted)' leaves nothing to do" + leftOut.map { "; \($0)" }.joined())
    }
    try admit(nodes)
    let plan = RunPlan(
      id: id, kind: request.kind, origin: origin, clientKey: request.clientKey, selection: request.selection.description,
      nodes: nodes, fixedUpstreams: request.kind == .materialize ? try fixedUpstreams(of: nodes) : [:],
      trace: request.trace)
    return Plan(plan: plan, leftOut: leftOut)
  }

  // MARK: Selection

  private func select(_ selection: Selection, within location: LocationName?) throws(CommandError) -> [AssetKey] {
    do {
      return try state.graph.resolve(selection, within: location)
    } catch {
      throw CommandError(.badSelection, error.message)
    }
  }

  /// Assets on cycles are refused where they are named, and left out where a pattern matched them.
  private func sort(
    out assets: [AssetKey], named selection: Selection
  ) throws(CommandError) -> (schedulable: [AssetKey], leftOut: [String]) {
    var leftOut: [String] = []
    var cyclic = 0
    var schedulable: [AssetKey] = []
    for asset in assets {
      guard state.graph.isOnCycle(asset) else {
        schedulable.append(asset)
        continue
      }
      cyclic += 1
      if selection.clauses.contains(where: { $0.term == .key(asset) }) {
        throw CommandError(.unschedulable, state.graph.cycleNote(on: asset))
      }
      if leftOut.count < Self.notes { leftOut.append(state.graph.cycleNote(on: asset)) }
    }
    if cyclic > leftOut.count { leftOut.append("\(cyclic - leftOut.count) more assets lie on cycles") }
    return (schedulable, leftOut)
  }

  /// How many of the assets that are left out are named.
  private static let notes = 20

  // MARK: Nodes

  private struct Unit {
    let step: StepKey
    let outputs: [AssetKey]
    let space: PartitionSpace
    let partitions: PartitionSet
  }

  private func units(of assets: [AssetKey], _ request: LaunchRequest) throws(CommandError) -> [Unit] {
    let steps = Set(assets.compactMap { state.graph.producers[$0] })
    let checked = request.kind == .checksOnly ? Set(assets) : []
    var result: [Unit] = []
    var texts = PartitionTexts()
    for key in state.graph.ordered(steps) {
      guard let spec = state.graph.steps[key] else { continue }
      let partitions = try self.partitions(of: spec, request.partitions, &texts)
      guard !partitions.isEmpty else { continue }
      switch request.kind {
      case .materialize:
        result.append(Unit(step: key, outputs: spec.outputs.map(\.key), space: spec.partitions, partitions: partitions))
      case .checksOnly:
        for output in spec.outputs where checked.contains(output.key) && !output.checks.isEmpty {
          result.append(Unit(step: key, outputs: [output.key], space: spec.partitions, partitions: partitions))
        }
      }
    }
    return result
  }

  private func partitions(
    of spec: StepSpec, _ asked: LaunchRequest.Partitions, _ texts: inout PartitionTexts
  ) throws(CommandError) -> PartitionSet {
    guard spec.partitions.isPartitioned else { return PartitionSet(0) }
    let count = spec.partitions.count(at: now)
    switch asked {
    case .all: return PartitionSet(0..<count)
    case .latest: return spec.partitions.latest(at: now).map { PartitionSet($0) } ?? []
    case .text(let text):
      do {
        return try texts.parse(text, in: spec.partitions, at: now)
      } catch {
        throw CommandError(.badPartitions, "'\(spec.name)': \(error.message)")
      }
    case .unspecified:
      throw CommandError(
        .badPartitions,
        "'\(spec.name)' has \(count) partitions: name some (\(spec.partitions.summary(at: now))), 'latest' or 'all'")
    }
  }

  private func number(_ units: [Unit], _ origin: RunOrigin) throws(CommandError) -> [PlannedNode] {
    var ordinal = 0
    var nodes: [PlannedNode] = []
    for unit in units {
      nodes.append(
        PlannedNode(
          location: unit.step.location, step: unit.step.name, outputs: unit.outputs, space: unit.space,
          partitions: unit.partitions, firstOrdinal: ordinal))
      ordinal += unit.partitions.count
    }
    let (most, name) =
      if case .manual = origin {
        (policy.stepsPerRun, "stepsPerRun")
      } else {
        (min(policy.stepsPerRun, policy.stepsPerScheduledRun), "stepsPerScheduledRun")
      }
    guard ordinal <= most else {
      throw CommandError(.tooLarge, "the run would have \(ordinal) steps; at most \(most) (\(name)): select fewer partitions")
    }
    return nodes
  }

  /// Refuses steps beyond what a location may have in progress.
  private func admit(_ nodes: [PlannedNode]) throws(CommandError) {
    for (location, planned) in Dictionary(grouping: nodes, by: \.location).sorted(by: { $0.key < $1.key }) {
      let count = planned.reduce(state.stepsInProgress[location] ?? 0) { $0 + $1.partitions.count }
      let most = state.locations[location]?.definition?.quotas?.stepsInProgress ?? policy.stepsInProgressPerLocation
      guard count <= most else {
        throw CommandError(
          .tooLarge,
          "'\(location)' would have \(count) steps in progress; at most \(most) (stepsInProgressPerLocation): "
            + "wait for its runs, or cancel some")
      }
    }
  }

  private func fixedUpstreams(of nodes: [PlannedNode]) throws(CommandError) -> [AssetKey: FixedUpstream] {
    var result: [AssetKey: FixedUpstream] = [:]
    for node in nodes {
      let spec = state.graph.steps[StepKey(location: node.location, name: node.step)]
      for dependency in spec?.dependencies ?? [] where dependency.mapping == .all {
        let space = state.graph.step(yielding: dependency.upstream)?.spec.partitions ?? dependency.partitions
        let count = space.count(at: now)
        guard count <= policy.partitionsPerDependency else {
          throw CommandError(
            .tooLarge,
            "'\(node.step)' reads all \(count) partitions of '\(dependency.upstream)'; at most "
              + "\(policy.partitionsPerDependency) (partitionsPerDependency)")
        }
        result[dependency.upstream] = FixedUpstream(space: space, count: count)
      }
    }
    return result
  }
}
