// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// What the oracle knows of one partition.
struct PartitionFacts {
  /// The newest settled version, while the partition is declared.
  var newest: VersionNumber = 0
  /// The last promoted one, while the partition is declared.
  var promoted: VersionNumber = 0
  /// The same, whatever became of the definition: what consumers read.
  var current: VersionNumber = 0
  var granted: VersionNumber = 0
  var holder: AttemptID?
}

struct VersionFacts {
  enum Fate: Hashable { case granted, promoted, rejected, discarded }
  let attempt: AttemptID
  let location: LocationName
  var fate: Fate = .granted
  /// Its locator is its value: no disk has it, and nothing is to be settled.
  var isInline = false
  /// The latest outcome of each check.
  var outcomes: [CheckIdentity: CheckOutcome] = [:]
}

struct AttemptFacts {
  let grant: GrantRecord
  var isStaged = false
  var isOver = false
  var holdsSlot = true
  var outcomes: [AssetKey: [CheckIdentity: CheckOutcome]] = [:]
}

struct SessionFacts {
  var manifest: ManifestDigest
  var slots: Int
  var isDraining: Bool
}

struct RunFacts {
  struct Bound: Hashable {
    let target: AssetPartition
    let policy: BindingPolicy
  }

  let plan: RunPlan
  /// Every step's targets, by ordinal.
  let targets: [[AssetPartition]]
  let ordinals: [AssetPartition: Int]
  /// What mapping *all* meant when the run was planned.
  let all: [AssetKey: [PartitionKey]]
  var outcomes: [Int: StepOutcome.Kind] = [:]
  var attempts: [Int: Int] = [:]
  var inFlight: [Int: AttemptID] = [:]
  var bound: [Bound: VersionNumber] = [:]
  var made: [AssetPartition: VersionRef] = [:]
  /// The attempt of each step that committed.
  var committed: [Int: AttemptID] = [:]
  var notBefore: [Int: Timestamp] = [:]
  var cancelRequested = false
  var isFinished = false

  init(plan: RunPlan, all: [AssetKey: [PartitionKey]]) {
    self.plan = plan
    self.all = all
    var targets: [[AssetPartition]] = []
    var ordinals: [AssetPartition: Int] = [:]
    for node in plan.nodes {
      for index in node.partitions {
        let key = node.space.key(at: index)
        for output in node.outputs { ordinals[AssetPartition(output, key)] = targets.count }
        targets.append(node.outputs.map { AssetPartition($0, key) })
      }
    }
    self.targets = targets
    self.ordinals = ordinals
  }

  /// Whether a step for the partition is still to end.
  func isPending(_ target: AssetPartition) -> Bool { ordinals[target].map { outcomes[$0] == nil } ?? false }
}
