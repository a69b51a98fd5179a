// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// What people ask of the state; everything else is in the history.
extension State {
  /// Whether a run has begun and not ended.
  public func isUnfinished(_ run: RunID) -> Bool { runs[run] != nil }

  /// The unfinished runs, oldest first.
  public var unfinishedRuns: [RunID] { runs.keys.sorted() }
  public var unfinishedRunCount: Int { runs.count }

  /// Where each step of an unfinished run is, by ordinal.
  public func phases(of run: RunID) -> [StepPhase] { runs[run]?.steps.map(\.phase) ?? [] }

  /// How many steps of an unfinished run are in each phase; nil for any other run.
  package func phaseCounts(of run: RunID) -> PhaseCounts? { runs[run]?.table.phases }

  /// The last promoted version of a partition, which consumers read; nil for none.
  public func current(of target: AssetPartition) -> VersionNumber? {
    let promoted = entry(target).promoted
    return promoted > 0 ? promoted : nil
  }

  /// The newest settled version of a partition; nil for none.
  public func newest(of target: AssetPartition) -> VersionNumber? {
    let newest = entry(target).newest
    return newest > 0 ? newest : nil
  }

  // MARK: Partitions

  /// Each partition of an asset once: by its newest settled version, or else by its latest step; the counts sum to `total`.
  ///
  /// Its cost grows with the partitions that were touched.
  public func partitionCounts(of asset: AssetKey, at now: Timestamp) -> PartitionCounts {
    var counts = PartitionCounts()
    guard let space = partitions(of: asset) else { return counts }
    let total = space.count(at: now)
    for (_, entry) in touched(of: asset, below: total) { counts.add(PartitionStatus(entry)) }
    counts.add(.missing, total - counts.total)
    return counts
  }

  /// The status of an asset's partitions in index order, within `range` where given.
  public func partitionStatuses(
    of asset: AssetKey, in range: Range<Int>? = nil, at now: Timestamp
  ) -> [(key: PartitionKey, status: PartitionStatus)] {
    guard let space = partitions(of: asset) else { return [] }
    let all = 0..<space.count(at: now)
    let ledger = ledgers[asset]
    return (range?.clamped(to: all) ?? all).map { index in
      (space.key(at: index), PartitionStatus(ledger?[index: index] ?? PartitionEntry()))
    }
  }

  /// The partitions of an asset in its definition, or those that it had last.
  package func partitions(of asset: AssetKey) -> PartitionSpace? {
    graph.step(yielding: asset)?.spec.partitions ?? ledgers[asset]?.space
  }

  /// The partitions that were ever touched and exist, in index order.
  package func touched(of asset: AssetKey, below count: Int) -> [(index: Int, entry: PartitionEntry)] {
    (ledgers[asset]?.touched ?? []).filter { $0.index < count }
  }

  // MARK: Locations and schedules

  /// Every location that was ever in the workspace, sorted.
  public var locationSummaries: [LocationSummary] {
    let refusals = Dictionary(grouping: graph.refusals, by: \.location)
    return locations.keys.sorted().compactMap { name in
      locations[name].map {
        LocationSummary(
          name: name, $0, since: $0.unavailableSince.map(shown), refusals: refusals[name] ?? [],
          refusalCount: graph.refusalCount(of: name))
      }
    }
  }

  /// The same in no order, and without why definitions were refused: little work, whatever they define.
  package var locationStandings: [LocationSummary] {
    locations.map {
      LocationSummary(name: $0.key, $0.value, since: $0.value.unavailableSince.map(shown), refusals: [], refusalCount: 0)
    }
  }

  /// How many definitions of the manifests in force were refused, by location; of locations of which some were.
  package var refusedDefinitions: [LocationName: Int] { graph.refusedCounts }

  /// Every schedule in force, sorted, with whether it is paused and when it last ticked or was taken up.
  ///
  /// Looking for the next tick of each may take long: ask a copy of the state.
  public var scheduleSummaries: [ScheduleSummary] { graph.schedules.keys.sorted().compactMap { scheduleSummary(of: $0) } }

  /// One schedule; nil where none of that name is in force.
  package func scheduleSummary(of id: ScheduleID) -> ScheduleSummary? {
    guard let spec = graph.schedules[id], let schedule = schedules[id] else { return nil }
    var looked = 0
    return ScheduleSummary(
      id: id, spec: spec, isPaused: schedule.isPaused, cursor: schedule.cursor,
      next: schedule.isPaused ? nil : schedule.next(of: spec, counting: &looked), unfinishedRuns: unfinishedTicks[id] ?? 0)
  }
}

/// What one partition of an asset came to.
public enum PartitionStatus: String, Hashable, Sendable, CaseIterable {
  case promoted, rejected, running, failed, blocked, missing

  package init(_ entry: PartitionEntry) {
    switch (entry.settled, entry.latestStep) {
    case (.promoted, _): self = .promoted
    case (.rejected, _): self = .rejected
    case (.never, .inFlight): self = .running
    case (.never, .failed): self = .failed
    case (.never, .blocked): self = .blocked
    case (.never, .none), (.never, .ended): self = .missing
    }
  }
}

/// How many partitions of an asset are in each status.
public struct PartitionCounts: Hashable, Sendable {
  public private(set) var total = 0
  private var byStatus: [PartitionStatus: Int] = [:]

  public init() {}
  /// How many partitions have a status.
  public subscript(status: PartitionStatus) -> Int { byStatus[status] ?? 0 }

  package mutating func add(_ status: PartitionStatus, _ count: Int = 1) {
    guard count > 0 else { return }
    total += count
    byStatus[status, default: 0] += count
  }
}

/// A location as the control plane sees it.
public struct LocationSummary: Hashable, Sendable {
  /// Whether it can take steps, and if not, why.
  public enum Availability: Hashable, Sendable {
    case available
    /// It left the workspace.
    case removed
    /// It has no session.
    case unreachable
    case draining
    /// Its session's manifest is not the one in force.
    case manifestNotInForce
  }

  public let name: LocationName
  public let owns: [OwnershipPattern]
  public let availability: Availability
  /// Since when it cannot take steps; nil while it can.
  public let unavailableSince: Timestamp?
  public let instance: String?
  public let manifest: ManifestDigest?
  /// The version of the team's build.
  public let version: String?
  public let slots: Int
  public let slotsInUse: Int
  /// Why its latest manifest was refused whole, where it was.
  public let manifestRefusal: String?
  /// Why definitions of the manifest in force were refused, at most ``GraphLimits/reasonsPerLocation`` of these.
  public let refusals: [Refusal]
  /// How many definitions of the manifest in force were refused.
  public let refusalCount: Int
  /// Decisions that its IO managers have not carried out yet.
  public let unsettled: Int

  init(name: LocationName, _ state: LocationState, since: Timestamp?, refusals: [Refusal], refusalCount: Int) {
    self.name = name
    self.refusals = refusals
    self.refusalCount = refusalCount
    owns = state.definition?.owns ?? []
    unavailableSince = since
    instance = state.session?.instance
    manifest = state.manifest
    version = state.manifestContent?.version
    slots = state.session?.slots ?? 0
    slotsInUse = state.slotsInUse
    manifestRefusal = state.refusal
    unsettled = state.unsettled.count
    availability =
      if state.definition == nil {
        .removed
      } else if let session = state.session {
        session.isDraining ? .draining : session.manifest == state.manifest ? .available : .manifestNotInForce
      } else {
        .unreachable
      }
  }
}

/// A schedule as the control plane sees it.
public struct ScheduleSummary: Hashable, Sendable {
  public let id: ScheduleID
  public let spec: ScheduleSpec
  public let isPaused: Bool
  /// Ticks up to this instant are done with.
  public let cursor: Timestamp
  /// The next tick; nil while paused.
  public let next: Timestamp?
  /// Runs of it that have not ended.
  public let unfinishedRuns: Int
}
