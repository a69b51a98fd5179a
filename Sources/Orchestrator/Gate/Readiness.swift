// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Whether a step may be granted now.
package enum Readiness: Hashable, Sendable {
  /// Every gate is open; these are the bindings, and the versions to make or check.
  case open(inputs: [BoundInput], outputs: [GrantedVersion])
  /// Something in flight at this partition may still open a gate, or holds the partition that the step yields.
  case wait(AssetPartition)
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
    var work = 0
    return readiness(of: ordinal, in: run, from: &cursor, counting: &work)
  }

  /// The same, adding how many gates it has looked at.
  func readiness(of ordinal: Int, in run: RunState, from cursor: inout ScanCursor, counting work: inout Int) -> Readiness {
    let (node, index) = run.place(of: ordinal)
    let partition = node.space.key(at: index)
    let spec = state.graph.steps[StepKey(location: node.location, name: node.step)]
    if let failure = obstacle(node, spec, index, run.plan.kind, counting: &work) { return .impossible(failure) }
    for output in node.outputs where !state.holders.isEmpty {
      if let holder = state.holders[AssetPartition(output, partition)], holder != StepID(run: run.id, ordinal: ordinal) {
        return .wait(AssetPartition(output, partition))
      }
    }
    switch run.plan.kind {
    case .checksOnly: return checkReadiness(AssetPartition(node.outputs[0], partition), in: run)
    case .materialize:
      guard let spec else { return .wait(AssetPartition(node.outputs[0], partition)) }
      return inputReadiness(node, spec, partition, in: run, from: &cursor, counting: &work)
    }
  }

  // MARK: Materialization

  private func inputReadiness(
    _ node: PlannedNode, _ spec: StepSpec, _ partition: PartitionKey, in run: RunState, from cursor: inout ScanCursor,
    counting work: inout Int
  ) -> Readiness {
    // Where there are few gates, looking at all of them again takes less than remembering which need not be.
    if !hasFewGates(spec), let waiting = firstWait(spec, partition, in: run, from: &cursor, counting: &work) {
      return .wait(waiting)
    }
    var inputs: [BoundInput] = []
    var reasons: [GateReason] = []
    for dependency in spec.dependencies {
      var versions: [BoundVersion] = []
      for target in targets(of: dependency, readBy: spec, partition, in: run) {
        work += 1
        switch verdict(on: target, dependency.binding, for: run, counting: &work) {
        case .open(let number, _): versions.append(BoundVersion(partition: target.partition, number: number))
        case .closed(let reason): reasons.append(reason)
        case .wait:
          cursor = ScanCursor()
          return .wait(target)
        }
      }
      inputs.append(BoundInput(asset: dependency.upstream, binding: dependency.binding, versions: versions))
    }
    if !reasons.isEmpty { return .closed(roots(of: reasons, in: run)) }
    return .open(inputs: inputs, outputs: node.outputs.map { output in granted(AssetPartition(output, partition)) })
  }

  private func hasFewGates(_ spec: StepSpec) -> Bool {
    spec.dependencies.count <= 16 && spec.dependencies.allSatisfy { $0.mapping == .identity }
  }

  private func firstWait(
    _ spec: StepSpec, _ partition: PartitionKey, in run: RunState, from cursor: inout ScanCursor, counting work: inout Int
  ) -> AssetPartition? {
    while cursor.dependency < spec.dependencies.count {
      let dependency = spec.dependencies[cursor.dependency]
      let targets = targets(of: dependency, readBy: spec, partition, in: run)
      while cursor.position < targets.count {
        let target = targets[cursor.position]
        work += 1
        if verdict(on: target, dependency.binding, for: run, counting: &work) == .wait { return target }
        cursor.position += 1
      }
      cursor.dependency += 1
      cursor.position = 0
    }
    return nil
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

  /// Replaces "the step before was blocked" by what blocked it, so that a run names the roots.
  private func roots(of reasons: [GateReason], in run: RunState) -> [GateReason] {
    var seen: Set<GateReason> = []
    var result: [GateReason] = []
    for reason in reasons {
      var expanded = [reason]
      if case .stepEnded(_, let step, .blocked) = reason, let roots = run.reasons[step.ordinal] { expanded = roots }
      for root in expanded where result.count < RunState.reasonsKept && seen.insert(root).inserted { result.append(root) }
    }
    return result
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
