// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Turns a launch into a plan, on the graph in force.
struct RunPlanner {
  let state: State
  let policy: CorePolicy
  let now: Timestamp
  /// What it has looked at so far, in units of ``CorePolicy/workPerDecision``: assets, steps and dependencies; also where it throws.
  private(set) var work = 0

  init(state: State, policy: CorePolicy, now: Timestamp) {
    self.state = state
    self.policy = policy
    self.now = now
  }

  struct Plan {
    let plan: RunPlan
    let leftOut: [String]
  }

  mutating func plan(
    _ request: LaunchRequest, id: RunID, origin: RunOrigin, within location: LocationName? = nil
  ) throws(CommandError) -> Plan {
    try plan(draft(request, origin: origin, within: location), request, id: id, origin: origin)
  }

  /// Makes a plan of what was worked out before, where the locations have room for it now.
  func plan(
    _ draft: RunDraft, _ request: LaunchRequest, id: RunID, origin: RunOrigin
  ) throws(CommandError) -> Plan {
    try admit(draft.sizes)
    if request.kind == .materialize { try admitPartitions(draft) }
    let plan = RunPlan(
      id: id, kind: request.kind, origin: origin, clientKey: request.clientKey, selection: shown(request.selection, origin),
      nodes: draft.nodes, fixedUpstreams: draft.fixedUpstreams, trace: request.trace)
    return Plan(plan: plan, leftOut: draft.leftOut)
  }

  /// A selection as a run keeps it, for people: a schedule's is in its definition.
  private func shown(_ selection: Selection, _ origin: RunOrigin) -> String {
    switch origin {
    case .manual: selection.description
    case .schedule: selection.description.cut(toBytes: policy.scheduledSelectionBytes, mark: " … (cut)")
    }
  }

  /// Works out which steps a run has, in which order.
  mutating func draft(
    _ request: LaunchRequest, origin: RunOrigin, within location: LocationName? = nil
  ) throws(CommandError) -> RunDraft {
    let selected = try select(request.selection, within: location)
    let (schedulable, leftOut) = try sort(out: selected.assets, named: request.selection, origin)
    let nodes = number(try units(of: schedulable, ancestors: selected.ancestors, request, origin))
    guard !nodes.isEmpty else {
      throw CommandError(
        .badSelection,
        "selection '\(request.selection.description.quoted)' leaves nothing to do" + leftOut.map { "; \($0)" }.joined())
    }
    var sizes: [LocationName: RunDraft.Size] = [:]
    for node in nodes {
      sizes[node.location, default: RunDraft.Size()].steps += node.partitions.count
      sizes[node.location, default: RunDraft.Size()].outputs += node.outputCount
    }
    return RunDraft(
      nodes: nodes, fixedUpstreams: request.kind == .materialize ? try fixedUpstreams(of: nodes) : [:], leftOut: leftOut,
      sizes: sizes)
  }

  // MARK: Selection

  private mutating func select(
    _ selection: Selection, within location: LocationName?
  ) throws(CommandError) -> Graph.Selected {
    do {
      return try state.graph.resolve(selection, within: location, counting: &work)
    } catch {
      throw CommandError(.badSelection, error.message)
    }
  }

  /// Assets on cycles are refused where they are named, and left out where a pattern matched them; whoever launches by hand reads
  /// which, and on what cycles.
  private mutating func sort(
    out assets: [AssetKey], named selection: Selection, _ origin: RunOrigin
  ) throws(CommandError) -> (schedulable: [AssetKey], leftOut: [String]) {
    var leftOut: [String] = []
    var cyclic = 0
    var schedulable: [AssetKey] = []
    var dependencies = origin == .manual ? GraphLimits.cycleDependencies : 0
    let most = origin == .manual ? Self.notes : 1
    let named = Set(selection.clauses.lazy.map(\.term))
    work += assets.count
    for asset in assets {
      guard state.graph.isOnCycle(asset) else {
        schedulable.append(asset)
        continue
      }
      cyclic += 1
      if named.contains(.key(asset)) {
        throw CommandError(.unschedulable, state.graph.cycleNote(on: asset, following: &dependencies))
      }
      if leftOut.count < most { leftOut.append(state.graph.cycleNote(on: asset, following: &dependencies)) }
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

  private mutating func units(
    of assets: [AssetKey], ancestors: Set<AssetKey>, _ request: LaunchRequest, _ origin: RunOrigin
  ) throws(CommandError) -> [Unit] {
    work += assets.count
    let producers = state.graph.producers
    let steps = Set(assets.compactMap { producers[$0] })
    let named = ancestors.isEmpty ? steps : Set(assets.lazy.filter { !ancestors.contains($0) }.compactMap { producers[$0] })
    // Also those of other locations, which a schedule does not run: what is above them is needed through them.
    let above = Set(ancestors.lazy.compactMap { producers[$0] }).subtracting(named)
    let checked = request.kind == .checksOnly ? Set(assets) : []
    var measure = RunMeasure(origin, policy)
    var most = Int.max
    if case .schedule = origin { most = policy.demandPerScheduledRun }
    var demand = PartitionDemand(request, of: named, ancestors: above, in: state.graph, at: now, most: most)
    if case .schedule = origin { try bound(steps, named, above, demand, measure) }
    work += steps.count + above.count
    defer { work += demand.work }
    var result: [Unit] = []
    // Readers come before what they read.
    for key in state.graph.ordered(steps.union(above)).reversed() {
      guard let spec = state.graph.steps[key] else { continue }
      let partitions = try demand.partitions(of: key, spec)
      guard !partitions.isEmpty, steps.contains(key) else { continue }
      switch request.kind {
      case .materialize:
        try measure.add(partitions.count, outputs: spec.outputs.count)
        work += spec.outputs.count
        result.append(Unit(step: key, outputs: spec.outputs.map(\.key), space: spec.partitions, partitions: partitions))
      case .checksOnly:
        for output in spec.outputs.reversed() where checked.contains(output.key) && !output.checks.isEmpty {
          try measure.add(partitions.count, outputs: 1)
          work += 1
          result.append(Unit(step: key, outputs: [output.key], space: spec.partitions, partitions: partitions))
        }
      }
    }
    try demand.checkApplied()
    return result.reversed()
  }

  /// Refuses a schedule's run that is too large before its steps are put in order.
  ///
  /// A schedule names no partitions, and so none of them is refused: the order in which steps are counted tells nothing. Of an ancestor
  /// one partition counts: how many are needed is known in order alone.
  private mutating func bound(
    _ steps: Set<StepKey>, _ named: Set<StepKey>, _ ancestors: Set<StepKey>, _ demand: PartitionDemand, _ measure: RunMeasure
  ) throws(CommandError) {
    guard ancestors.count <= policy.demandPerScheduledRun else {
      throw CommandError(
        .tooLarge,
        "the run would follow \(ancestors.count) steps of ancestors; at most \(policy.demandPerScheduledRun) "
          + "(demandPerScheduledRun): select fewer assets")
    }
    var (measure, demand) = (measure, demand)
    for step in steps {
      guard let spec = state.graph.steps[step] else { continue }
      work += 1
      try measure.add(named.contains(step) ? try demand.named(spec).count : 1, outputs: spec.outputs.count)
    }
  }

  private func number(_ units: [Unit]) -> [PlannedNode] {
    var ordinal = 0
    var nodes: [PlannedNode] = []
    for unit in units {
      nodes.append(
        PlannedNode(
          location: unit.step.location, step: unit.step.name, outputs: unit.outputs, space: unit.space,
          partitions: unit.partitions, firstOrdinal: ordinal))
      ordinal += unit.partitions.count
    }
    return nodes
  }

  /// Refuses steps and outputs beyond what a location may have in progress.
  private func admit(_ sizes: [LocationName: RunDraft.Size]) throws(CommandError) {
    for (location, planned) in sizes.sorted(by: { $0.key < $1.key }) {
      let count = planned.steps + (state.stepsInProgress[location] ?? 0)
      let most = state.locations[location]?.definition?.quotas?.stepsInProgress ?? policy.stepsInProgressPerLocation
      guard count <= most else {
        throw CommandError(
          .tooLarge,
          "'\(location)' would have \(count) steps in progress; at most \(most) (stepsInProgressPerLocation): "
            + "wait for its runs, or cancel some")
      }
      let outputs = planned.outputs + (state.outputsInProgress[location] ?? 0)
      guard outputs <= policy.outputsInProgressPerLocation else {
        throw CommandError(
          .tooLarge,
          "'\(location)' would have runs in progress with \(outputs) outputs; at most "
            + "\(policy.outputsInProgressPerLocation) (outputsInProgressPerLocation): wait for its runs, or cancel some")
      }
    }
  }

  /// Refuses steps that may touch more partitions than are remembered of a location.
  ///
  /// Near the bound, those that are remembered already do not count twice.
  private func admitPartitions(_ draft: RunDraft) throws(CommandError) {
    for (location, size) in draft.sizes.sorted(by: { $0.key < $1.key }) {
      let known = (state.partitionsTouched[location] ?? 0) + (state.partitionsInProgress[location] ?? 0)
      let most = policy.partitionsPerLocation
      guard known + size.outputs > most else { continue }
      let count = known + draft.nodes.reduce(0) { $0 + ($1.location == location ? untouched($1) : 0) }
      guard count > most else { continue }
      throw CommandError(
        .tooLarge,
        "of '\(location)' up to \(count) partitions would have to be remembered; at most \(most) (partitionsPerLocation): "
          + "select fewer")
    }
  }

  /// How many partitions a node may touch that never were.
  private func untouched(_ node: PlannedNode) -> Int {
    let (planned, all) = (node.partitions.count, node.space.count(at: now))
    return node.outputs.reduce(0) { $0 + min(planned, max(0, all - (state.ledgers[$1]?.declaredCount ?? 0))) }
  }

  private mutating func fixedUpstreams(of nodes: [PlannedNode]) throws(CommandError) -> [AssetKey: FixedUpstream] {
    var result: [AssetKey: FixedUpstream] = [:]
    for node in nodes {
      let spec = state.graph.steps[StepKey(location: node.location, name: node.step)]
      work += 1 + (spec?.dependencies.count ?? 0)
      var inputs = 0
      for dependency in spec?.dependencies ?? [] where dependency.mapping == .all {
        let space = state.graph.step(yielding: dependency.upstream)?.spec.partitions ?? dependency.partitions
        let count = space.count(at: now)
        guard count <= policy.partitionsPerDependency else {
          throw CommandError(
            .tooLarge,
            "'\(node.step)' reads all \(count) partitions of '\(dependency.upstream)'; at most "
              + "\(policy.partitionsPerDependency) (partitionsPerDependency)")
        }
        inputs += count
        guard inputs <= GateLimits.inputsPerStep else {
          throw CommandError(
            .tooLarge,
            "'\(node.step)' reads more than \(GateLimits.inputsPerStep) partitions of its upstreams (inputsPerStep): "
              + "read fewer of them")
        }
        result[dependency.upstream] = FixedUpstream(space: space, count: count)
      }
    }
    return result
  }
}
