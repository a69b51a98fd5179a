// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// An unfinished run: its plan, where each step is, and what its steps are bound to.
package struct RunState: Hashable, Sendable {
  /// What never changes, held once however often the run is looked at.
  private let fixed: Fixed
  package let launchedAt: Timestamp
  package var cancelRequested = false
  package internal(set) var table: StepTable
  /// Attempts in flight, by ordinal.
  package var active: [Int: ActiveAttempt] = [:]
  /// When steps in phase `retrying` may be tried again, by ordinal.
  package var retries: [Int: Timestamp] = [:]
  /// What the run's steps have settled, by asset partition.
  package var made: [AssetPartition: MadeVersion] = [:]
  /// The first binding of each partition that the run does not make (semantics 8).
  package var bound: [Binding: PinnedNumber] = [:]
  /// Root reasons of blocked steps, by ordinal, at most `RunState.reasonsKept` each.
  package var reasons = Shards<Int, [GateReason]>()
  package var unfinished: Int
  package var worst: RunOutcome = .succeeded

  private final class Fixed: Hashable, Sendable {
    let plan: RunPlan
    /// Which node yields an asset.
    let nodeOfAsset: [AssetKey: Int]
    let locations: [LocationName]

    init(_ plan: RunPlan) {
      self.plan = plan
      var nodes = [AssetKey: Int](minimumCapacity: plan.nodes.count)
      for (index, node) in plan.nodes.enumerated() { for output in node.outputs { nodes[output] = index } }
      nodeOfAsset = nodes
      locations = plan.locations
    }

    static func == (left: Fixed, right: Fixed) -> Bool { left === right || left.plan == right.plan }
    func hash(into hasher: inout Hasher) { hasher.combine(plan) }
  }

  /// How many root reasons a blocked step keeps.
  package static let reasonsKept = 32

  package init(plan: RunPlan, launchedAt: Timestamp) {
    fixed = Fixed(plan)
    self.launchedAt = launchedAt
    unfinished = plan.stepCount
    table = StepTable(count: plan.stepCount)
  }

  /// By ordinal.
  package var steps: [StepState] { table.steps }

  /// Takes over how its steps are, from a snapshot; as many as its plan has.
  package mutating func restore(_ steps: [StepState]) { table = StepTable(steps) }

  package var plan: RunPlan { fixed.plan }
  package var id: RunID { fixed.plan.id }
  /// Where its steps run, sorted.
  var locations: [LocationName] { fixed.locations }

  /// The node and partition index of a step.
  package func place(of ordinal: Int) -> (node: PlannedNode, index: Int) {
    if let place = plan.nodes.place(of: ordinal) { return place }
    preconditionFailure("ordinal \(ordinal) is not in the plan of run \(plan.id)")  // Ordinals come from the plan itself.
  }

  package func partition(of ordinal: Int) -> PartitionKey {
    let (node, index) = place(of: ordinal)
    return node.space.key(at: index)
  }

  /// What yields an asset in this run.
  func node(yielding asset: AssetKey) -> PlannedNode? { fixed.nodeOfAsset[asset].map { plan.nodes[$0] } }

  /// The step that yields a partition in this run, where one does: by its index in a space of the asset's.
  func ordinal(yielding asset: AssetKey, _ index: Int, of space: PartitionSpace) -> Int? {
    guard let node = node(yielding: asset), let planned = space.index(index, in: node.space),
      let rank = node.partitions.rank(of: planned)
    else { return nil }
    return node.firstOrdinal + rank
  }

  /// The step that yields an asset partition in this run, where one does.
  package func ordinal(yielding target: AssetPartition) -> Int? {
    guard let node = node(yielding: target.asset) else { return nil }
    guard let index = node.space.index(of: target.partition), let rank = node.partitions.rank(of: index) else { return nil }
    return node.firstOrdinal + rank
  }

  /// Nil for an ordinal beyond the plan, which only a journal that was tampered with names.
  package func phase(of ordinal: Int) -> StepPhase? { steps.indices.contains(ordinal) ? steps[ordinal].phase : nil }

  /// Whether a step has no attempt in flight and no outcome.
  package func mayBegin(_ ordinal: Int) -> Bool {
    switch phase(of: ordinal) {
    case .waiting, .retrying: true
    default: false
    }
  }

  mutating func finish(_ ordinal: Int, _ outcome: StepOutcome) {
    table.change(ordinal) { $0.phase = StepPhase(outcome.kind) }
    retries[ordinal] = nil
    unfinished -= 1
    worst = max(worst, RunOutcome(outcome.kind))
    if case .blocked(let roots) = outcome { reasons[ordinal] = roots }
  }

  package func targets(of ordinal: Int) -> [AssetPartition] {
    let (node, index) = place(of: ordinal)
    let key = node.space.key(at: index)
    return node.outputs.map { AssetPartition($0, key) }
  }
}

/// Where one step is; small, since a run may have a million.
package struct StepState: Hashable, Sendable {
  package var phase: StepPhase = .waiting
  /// Attempts granted so far.
  package var attempts: UInt16 = 0
  /// Attempts that count against the team's retry policy.
  package var charged: UInt16 = 0
  /// Attempts that were lost with their host.
  package var lost: UInt16 = 0
  /// Attempts that the host refused.
  package var refused: UInt16 = 0

  package init() {}
}

/// Where each step of a run is, by ordinal, and how many are in each phase.
package struct StepTable: Hashable, Sendable {
  package private(set) var steps: [StepState]
  package private(set) var phases: PhaseCounts

  init(count: Int) {
    steps = Array(repeating: StepState(), count: count)
    phases = PhaseCounts(waiting: count)
  }

  init(_ steps: [StepState]) {
    self.steps = steps
    phases = PhaseCounts()
    for step in steps { phases.add(step.phase) }
  }

  /// Changes where a step is.
  mutating func change(_ ordinal: Int, _ change: (inout StepState) -> Void) {
    let before = steps[ordinal].phase
    change(&steps[ordinal])
    phases.move(before, steps[ordinal].phase)
  }
}

/// An attempt in flight.
package struct ActiveAttempt: Hashable, Sendable {
  package let grant: GrantRecord
  package var isStaged = false
  /// Staged outputs whose locator is the value: storage has nothing to settle.
  package var inline: Set<AssetKey> = []
  /// Passed checks of undecided outputs, and what of the granted checks was evaluated.
  package var evaluated: [AssetKey: [CheckIdentity: CheckOutcome]] = [:]
  /// Outputs that are promoted or rejected.
  package var decided: [AssetKey: Bool] = [:]

  package init(grant: GrantRecord) { self.grant = grant }

  package var isDecided: Bool { grant.outputs.allSatisfy { decided[$0.asset] != nil } }
}

/// A partition that a run reads, under one policy: the gate never opens on what `.lastKnownGood` was bound to.
package struct Binding: Hashable, Sendable {
  package let target: AssetPartition
  package let policy: BindingPolicy

  package init(target: AssetPartition, policy: BindingPolicy) {
    self.target = target
    self.policy = policy
  }
}

/// A bound version, and the checks that had passed on it when it was bound.
package struct PinnedNumber: Hashable, Sendable {
  package let number: VersionNumber
  package let passed: CheckSets.ID

  package init(number: VersionNumber, passed: CheckSets.ID) {
    self.number = number
    self.passed = passed
  }
}

/// A version that a run settled.
package struct MadeVersion: Hashable, Sendable {
  package let number: VersionNumber
  package let isPromoted: Bool
  /// The checks that passed on it.
  package let passed: CheckSets.ID

  package init(number: VersionNumber, isPromoted: Bool, passed: CheckSets.ID) {
    self.number = number
    self.isPromoted = isPromoted
    self.passed = passed
  }
}
