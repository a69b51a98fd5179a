// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Everything that decisions depend on, and nothing else: the fold of the journal.
///
/// Two replays of one journal are equal, bit for bit. It holds no locator, message or log (semantics 28).
public struct State: Hashable, Sendable {
  public let incarnation: Incarnation
  public package(set) var epoch: Epoch = 0
  /// The instant of the last event; journal time never goes back (semantics 20).
  public package(set) var now = Timestamp(microseconds: 0)
  public package(set) var workspace = WorkspaceDefinition.empty
  public package(set) var graph = Graph()
  package var locations: [LocationName: LocationState] = [:]
  package var ledgers: [AssetKey: PartitionLedger] = [:]
  package var checkSets = CheckSets()
  package var runs: [RunID: RunState] = [:]
  package var nextRun: UInt64 = 1
  /// The unfinished runs that yield an asset, in launch order.
  package var runsByAsset: [AssetKey: [RunID]] = [:]
  /// The unfinished runs that have steps at a location; derived.
  package var runsAtLocation: [LocationName: Set<RunID>] = [:]
  /// The unfinished runs that are bound to versions of an asset; derived.
  package var runsBoundTo: [AssetKey: Set<RunID>] = [:]
  /// Which step holds an asset partition: at most one is in flight (semantics 2).
  package var holders: [AssetPartition: StepID] = [:]
  /// Which location has to carry out the decision about a version.
  package var settlers: [VersionRef: LocationName] = [:]
  package var clientKeys = ClientKeys()
  package var schedules: [ScheduleID: ScheduleState] = [:]
  /// How far the clocks were from journal time when they were last journaled.
  package var clock = ClockOffsets()
  /// How many unfinished runs each schedule has launched; derived.
  package var unfinishedTicks: [ScheduleID: Int] = [:]
  /// How many unfinished runs the schedules of a location have launched; derived.
  package var scheduledRuns: [LocationName: Int] = [:]
  /// How many outputs all steps of unfinished runs have, by location, those that have ended among them: the run is held for each of
  /// them until it ends; derived.
  package var outputsInProgress: [LocationName: Int] = [:]
  /// How many steps of unfinished runs have not ended, by location; derived.
  package var stepsInProgress: [LocationName: Int] = [:]
  /// How many partitions of a location's assets were ever touched; derived.
  package var partitionsTouched: [LocationName: Int] = [:]
  /// How many partitions the steps of unfinished runs that have not ended may touch, by location; derived.
  package var partitionsInProgress: [LocationName: Int] = [:]
  /// The graph that the manifest being accepted makes, where that was worked out before; nil between two decisions.
  var prepared: PreparedGraph?

  public init(incarnation: Incarnation) { self.incarnation = incarnation }
}

/// What is known of one location.
package struct LocationState: Hashable, Sendable {
  package var definition: LocationDefinition?
  /// Since when the workspace has been without it, in running time.
  package var removedSince: Timestamp?
  package var manifest: ManifestDigest?
  package var manifestContent: Manifest?
  package var refusal: String?
  package var session: SessionState?
  /// Since when it has had no usable session, in running time.
  package var unavailableSince: Timestamp?
  /// Attempts that hold a slot: those in flight, and fenced ones whose closure may still run, until an instant of running time.
  package var inFlight = 0
  package var fenced: [StepAttempt: Timestamp] = [:]
  /// Decisions that the IO manager has not carried out yet.
  package var unsettled: [VersionRef: Settlement.Decision] = [:]

  package init() {}

  package var slotsInUse: Int { inFlight + fenced.count }
}

package struct SessionState: Hashable, Sendable {
  package let instance: String
  package var manifest: ManifestDigest
  package var slots: Int
  package var isDraining: Bool

  package init(instance: String, manifest: ManifestDigest, slots: Int, isDraining: Bool) {
    self.instance = instance
    self.manifest = manifest
    self.slots = slots
    self.isDraining = isDraining
  }
}

/// An attempt without its incarnation.
package struct StepAttempt: Hashable, Sendable, Comparable {
  package let step: StepID
  package let number: Int

  package init(step: StepID, number: Int) {
    self.step = step
    self.number = number
  }

  package static func < (left: Self, right: Self) -> Bool { (left.step, left.number) < (right.step, right.number) }
}

/// The latest launches by client key; older keys are forgotten in the order in which they came.
package struct ClientKeys: Hashable, Sendable {
  private static let kept = LaunchLimits.clientKeys
  private var runs: [String: RunID] = [:]
  /// A ring, once it is full.
  package private(set) var order: [String] = []
  package private(set) var oldest = 0

  package init() {}

  /// The ring as it was, from a snapshot; nil where it cannot have been.
  package init?(_ ring: [(key: String, run: RunID)], oldest: Int) {
    order = ring.map(\.key)
    runs = Dictionary(ring.map { ($0.key, $0.run) }, uniquingKeysWith: { first, _ in first })
    self.oldest = oldest
    guard runs.count == ring.count, ring.count <= Self.kept, (0..<Self.kept).contains(oldest) else { return nil }
  }

  package subscript(key: String) -> RunID? { runs[key] }

  package mutating func remember(_ key: String, _ run: RunID) {
    guard runs.updateValue(run, forKey: key) == nil else { return }
    if order.count < Self.kept {
      order.append(key)
    } else {
      runs[order[oldest]] = nil
      order[oldest] = key
      oldest = (oldest + 1) % Self.kept
    }
  }
}
