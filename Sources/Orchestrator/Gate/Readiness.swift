// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Whether a step may be granted now.
package enum Readiness: Hashable, Sendable {
  /// Every gate is open; these are the bindings, and the versions to make or check.
  case open(inputs: [BoundInput], outputs: [GrantedVersion])
  /// Something in flight at this partition may still open a gate, or holds the partition that the step yields.
  case wait(AssetPartition)
  /// The decision's work is spent before every gate was looked at; the scan goes on from its cursor in the next one.
  case unfinished
  case closed([GateReason])
  /// It can never run as planned; the step fails.
  case impossible(StepFailure)
}

/// How far a step's inputs are known not to wait; steps of a run that ended stay ended, so a scan goes on from here.
package struct ScanCursor: Hashable, Sendable {
  package var dependency = 0
  package var position = 0
  package init() {}
}

extension Gate {
  /// Evaluates everything that a step needs, on the manifest in force.
  ///
  /// - Parameter cursor: where the last scan stopped; a full evaluation precedes every `open`.
  package func readiness(of ordinal: Int, in run: RunState, from cursor: inout ScanCursor) -> Readiness {
    var scan = GateScan()
    return readiness(of: ordinal, in: run, from: &cursor, &scan)
  }

  /// The same, adding what it has looked at; it stops where that comes to as much as a decision may.
  func readiness(of ordinal: Int, in run: RunState, from cursor: inout ScanCursor, _ scan: inout GateScan) -> Readiness {
    let (node, index) = run.place(of: ordinal)
    let partition = node.space.key(at: index)
    let spec = state.graph.steps[StepKey(location: node.location, name: node.step)]
    if let failure = obstacle(node, spec, index, run.plan.kind, counting: &scan.work) { return .impossible(failure) }
    for output in node.outputs where !state.holders.isEmpty {
      if let holder = state.holders[AssetPartition(output, partition)], holder != StepID(run: run.id, ordinal: ordinal) {
        return .wait(AssetPartition(output, partition))
      }
    }
    switch run.plan.kind {
    case .checksOnly: return checkReadiness(AssetPartition(node.outputs[0], partition), in: run)
    case .materialize:
      guard let spec else { return .wait(AssetPartition(node.outputs[0], partition)) }
      return inputReadiness(node, spec, partition, in: run, from: &cursor, &scan)
    }
  }

  // MARK: Materialization

  private func inputReadiness(
    _ node: PlannedNode, _ spec: StepSpec, _ partition: PartitionKey, in run: RunState, from cursor: inout ScanCursor,
    _ scan: inout GateScan
  ) -> Readiness {
    scan.otherRuns = .max
    // Where there are few gates, looking at all of them again takes less than remembering which need not be.
    if !hasFewGates(spec) {
      scan.work += spec.dependencies.count / Core.evaluationsPerUnit
      if let failure = surfeit(spec, partition, in: run) { return .impossible(failure) }
      switch scanOn(spec, partition, in: run, from: &cursor, &scan) {
      case .wait(let target): return .wait(target)
      case .unfinished: return .unfinished
      case .passed: scan.otherRuns = GateLimits.otherRuns
      }
    }
    return allInputs(node, spec, partition, in: run, from: &cursor, &scan)
  }

  /// Looks at every gate in one piece, so that all of them are open at once.
  private func allInputs(
    _ node: PlannedNode, _ spec: StepSpec, _ partition: PartitionKey, in run: RunState, from cursor: inout ScanCursor,
    _ scan: inout GateScan
  ) -> Readiness {
    var inputs: [BoundInput] = []
    var roots = GateRoots()
    for dependency in spec.dependencies {
      let targets = targets(of: dependency, readBy: spec, partition, in: run)
      let upstream = upstream(targets, dependency.binding, for: run)
      var versions: [BoundVersion] = []
      if !roots.isClosed { versions.reserveCapacity(targets.count) }
      for position in targets.indices {
        scan.work += 1
        switch look(at: position, of: upstream, for: run, &scan) {
        case .open(let number, _):
          if !roots.isClosed { versions.append(BoundVersion(partition: targets[position].partition, number: number)) }
        case .closed(let cause):
          if roots.mayAdd { roots.add(reason(cause, targets[position], of: upstream, for: run), in: run) }
        case .wait:
          cursor = ScanCursor()
          return .wait(targets[position])
        }
      }
      inputs.append(BoundInput(asset: dependency.upstream, binding: dependency.binding, versions: versions))
    }
    if roots.isClosed { return .closed(roots.reasons) }
    return .open(inputs: inputs, outputs: node.outputs.map { output in granted(AssetPartition(output, partition)) })
  }

  private func hasFewGates(_ spec: StepSpec) -> Bool {
    spec.dependencies.count <= 16 && spec.dependencies.allSatisfy { $0.mapping == .identity }
  }

  /// What a redeploy has a planned step read beyond what one may.
  private func surfeit(_ spec: StepSpec, _ partition: PartitionKey, in run: RunState) -> StepFailure? {
    var count = 0
    for dependency in spec.dependencies where dependency.mapping == .all {
      // A space may count more hours than an integer adds up a thousand times.
      count += min(targets(of: dependency, readBy: spec, partition, in: run).count, GateLimits.inputsPerStep + 1)
    }
    guard count > GateLimits.inputsPerStep else { return nil }
    return undefined(
      "step '\(spec.name)' reads more than \(GateLimits.inputsPerStep) partitions (inputsPerStep): read fewer of them")
  }

  private enum ScanEnd {
    case wait(AssetPartition)
    case unfinished
    case passed
  }

  /// Looks on for what waits, until everything was looked at or the decision's work is spent.
  private func scanOn(
    _ spec: StepSpec, _ partition: PartitionKey, in run: RunState, from cursor: inout ScanCursor, _ scan: inout GateScan
  ) -> ScanEnd {
    while cursor.dependency < spec.dependencies.count {
      let dependency = spec.dependencies[cursor.dependency]
      let targets = targets(of: dependency, readBy: spec, partition, in: run)
      let upstream = upstream(targets, dependency.binding, for: run)
      while cursor.position < targets.count {
        scan.work += 1
        if case .wait = look(at: cursor.position, of: upstream, for: run, &scan) { return .wait(targets[cursor.position]) }
        cursor.position += 1
        if scan.isSpent { return .unfinished }
      }
      cursor.dependency += 1
      cursor.position = 0
    }
    return .passed
  }

  /// The upstream partitions that a dependency maps one partition of a step to, in order.
  ///
  /// *All* is fixed by the run's plan; an upstream that nobody defines yet is taken at the reader's word.
  package func targets(
    of dependency: DependencySpec, readBy spec: StepSpec, _ partition: PartitionKey, in run: RunState?
  ) -> DependencyTargets {
    let upstream = dependency.upstream
    switch dependency.mapping {
    case .identity: return DependencyTargets(upstream, partition)
    case .all:
      if let fixed = run?.plan.fixedUpstreams[upstream] { return DependencyTargets(upstream, fixed.space, count: fixed.count) }
      let space = state.graph.step(yielding: upstream)?.spec.partitions ?? dependency.partitions
      return DependencyTargets(upstream, space, count: space.count(at: now))
    }
  }

  private func granted(_ target: AssetPartition) -> GrantedVersion {
    GrantedVersion(
      asset: target.asset, number: state.entry(target).allocated + 1, checks: checks(of: target.asset))
  }

  private func checks(of asset: AssetKey) -> [GrantedCheckSpec] {
    state.graph.grantedChecks[asset] ?? []
  }

  // MARK: Check-only steps

  private func checkReadiness(_ target: AssetPartition, in run: RunState) -> Readiness {
    let entry = state.entry(target)
    switch entry.settled {
    case .promoted:
      let version = GrantedVersion(asset: target.asset, number: entry.newest, checks: checks(of: target.asset))
      return .open(inputs: [], outputs: [version])
    case .rejected: return .closed([.rejected(VersionRef(target, entry.newest))])
    case .never: return .closed([.neverMaterialized(target)])
    }
  }

  // MARK: Obstacles

  /// Why a planned step cannot run under the definitions in force.
  private func obstacle(
    _ node: PlannedNode, _ spec: StepSpec?, _ index: Int, _ kind: RunKind, counting work: inout Int
  ) -> StepFailure? {
    if let spec, isAsPlanned(node, spec, index, kind) { return nil }
    work += node.outputs.count
    guard state.locations[node.location]?.definition != nil else {
      return undefined("location '\(node.location)' is no longer in the workspace")
    }
    for output in node.outputs {
      guard let producer = state.graph.step(yielding: output), producer.key.location == node.location else {
        let refusal = state.graph.refusal(of: node.step, at: node.location)
        return undefined("'\(node.location)' no longer defines '\(output)'" + (refusal.map { ": \($0)" } ?? ""))
      }
      if state.graph.isOnCycle(output) { return undefined(cycleNote(on: output, counting: &work)) }
      if producer.key.name != node.step {
        return undefined("'\(output)' is now yielded by step '\(producer.key.name)': launch again")
      }
      let partitions = producer.spec.partitions
      guard let now = node.space.index(index, in: partitions), now < partitions.count(at: self.now) else {
        return undefined("'\(output)' no longer has partition '\(node.space.key(at: index))'")
      }
    }
    let yields = Set((spec?.outputs ?? []).map(\.key))
    if kind == .checksOnly || yields == Set(node.outputs) { return nil }
    return undefined("step '\(node.step)' now yields other assets: launch again")
  }

  /// A short cycle is spelled out; there may be a million steps on a long one, and `sluice why` has its path.
  private func cycleNote(on output: AssetKey, counting work: inout Int) -> String {
    var rest = GraphLimits.cycleDependenciesPerStep
    defer { work += GraphLimits.cycleDependenciesPerStep - rest }
    return state.graph.cycleNote(on: output, following: &rest)
  }

  /// The common case, at the cost of a few look-ups: the step is defined as it was when the run was planned.
  private func isAsPlanned(_ node: PlannedNode, _ spec: StepSpec, _ planned: Int, _ kind: RunKind) -> Bool {
    guard let place = state.locations.index(forKey: node.location), state.locations.values[place].definition != nil,
      let index = node.space.index(planned, in: spec.partitions), index < spec.partitions.count(at: now),
      kind == .checksOnly || spec.outputs.lazy.map(\.key).elementsEqual(node.outputs)
    else { return false }
    return node.outputs.allSatisfy { output in
      guard let producer = state.graph.producers[output] else { return false }
      return producer.location == node.location && producer.name == node.step && !state.graph.isOnCycle(output)
    }
  }

  private func undefined(_ message: String) -> StepFailure {
    StepFailure(kind: .undefined, message: message, isRetryable: false)
  }
}

/// The roots of what keeps a step from running: "the step before was blocked" is replaced by what blocked it.
private struct GateRoots {
  private(set) var reasons: [GateReason] = []
  private(set) var isClosed = false
  private var seen: Set<GateReason> = []
  private var gates = 0

  /// Whether one more closed gate is looked into; there may be a hundred thousand.
  var mayAdd: Bool { reasons.count < RunState.reasonsKept && gates < GateLimits.closedGates }

  mutating func add(_ reason: GateReason, in run: RunState) {
    isClosed = true
    gates += 1
    var expanded = [reason]
    if case .stepEnded(_, let step, .blocked) = reason, let roots = run.reasons[step.ordinal] { expanded = roots }
    for root in expanded where reasons.count < RunState.reasonsKept && seen.insert(root).inserted { reasons.append(root) }
  }
}
