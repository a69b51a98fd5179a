// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// What a run is to do, fixed when it is launched.
public struct RunPlan: Hashable, Sendable {
  public let id: RunID
  public let kind: RunKind
  public let origin: RunOrigin
  /// A repeat of a launch with the same key returns this run (semantics 21).
  public let clientKey: String?
  /// The selection as it was asked for, for people.
  public let selection: String
  /// In an order in which every node comes after those that it reads.
  public let nodes: [PlannedNode]
  /// What mapping *all* means throughout the run, by upstream (semantics 12).
  public let fixedUpstreams: [AssetKey: FixedUpstream]
  /// The trace that the launch was part of; it decides nothing.
  public let trace: TraceContext?

  public init(
    id: RunID, kind: RunKind, origin: RunOrigin, clientKey: String?, selection: String, nodes: [PlannedNode],
    fixedUpstreams: [AssetKey: FixedUpstream], trace: TraceContext? = nil
  ) {
    self.id = id
    self.kind = kind
    self.origin = origin
    self.clientKey = clientKey
    self.selection = selection
    self.nodes = nodes
    self.fixedUpstreams = fixedUpstreams
    self.trace = trace
  }

  /// Whether the nodes' steps count 0, 1, 2, … without a gap; a plan that was read from a store may have been altered.
  package var isNumbered: Bool {
    var next = 0
    for node in nodes {
      let (sum, overflow) = next.addingReportingOverflow(node.partitions.count)
      guard node.firstOrdinal == next, !overflow else { return false }
      next = sum
    }
    return true
  }

  /// Where its steps run, sorted.
  var locations: [LocationName] {
    var found: Set<LocationName> = []
    var last: LocationName?
    // Most nodes are of the location of the one before.
    for node in nodes where node.location != last {
      found.insert(node.location)
      last = node.location
    }
    return found.sorted()
  }

  public var stepCount: Int { nodes.last.map { $0.firstOrdinal + $0.partitions.count } ?? 0 }

  /// Whether it has more than so many nodes, outputs of nodes and keys of partitions: what it takes to encode it.
  package func isLarger(than count: Int) -> Bool {
    var rest = count
    for node in nodes {
      rest -= 1 + node.outputs.count
      if case .keys(let keys) = node.space { rest -= keys.all.count }
      if rest < 0 { return true }
    }
    return false
  }
}

/// Whether a run computes versions or only evaluates checks on those that exist.
public enum RunKind: String, Hashable, Sendable {
  case materialize
  case checksOnly
}

/// Who launched a run.
public enum RunOrigin: Hashable, Sendable {
  case manual
  case schedule(ScheduleID, tick: Timestamp)
}

/// One step of a team, for a set of partitions: each partition is a step of the run.
public struct PlannedNode: Hashable, Sendable {
  public let location: LocationName
  /// The step's name in the manifest.
  public let step: String
  /// The assets that it yields; for a check-only run the one whose checks are evaluated.
  public let outputs: [AssetKey]
  /// The partitions that the indexes below count, as declared when the run was planned.
  public let space: PartitionSpace
  public let partitions: PartitionSet
  /// The ordinal of the first partition's step; the others follow in partition order.
  public let firstOrdinal: Int

  public init(
    location: LocationName, step: String, outputs: [AssetKey], space: PartitionSpace, partitions: PartitionSet,
    firstOrdinal: Int
  ) {
    self.location = location
    self.step = step
    self.outputs = outputs
    self.space = space
    self.partitions = partitions
    self.firstOrdinal = firstOrdinal
  }

  /// How many outputs its steps have together.
  package var outputCount: Int { partitions.count * outputs.count }
}

extension PlannedNode {
  /// The ordinals of its steps.
  var ordinals: Range<Int> { firstOrdinal..<(firstOrdinal + partitions.count) }
}

extension [PlannedNode] {
  /// The node and partition index of a step, or nil when the plan has none with that ordinal.
  package func place(of ordinal: Int) -> (node: PlannedNode, index: Int)? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].firstOrdinal <= ordinal { low = middle + 1 } else { high = middle }
    }
    guard low > 0, ordinal >= 0 else { return nil }
    let node = self[low - 1]
    return node.partitions.member(at: ordinal - node.firstOrdinal).map { (node, $0) }
  }
}

extension PartitionSet {
  /// The member with a rank in ascending order, or nil when there are not that many.
  fileprivate func member(at rank: Int) -> Int? {
    var rest = rank
    for range in ranges {
      if rest < range.count { return range.lowerBound + rest }
      rest -= range.count
    }
    return nil
  }
}

/// Every partition of an upstream, as it was when a run was planned.
public struct FixedUpstream: Hashable, Sendable {
  public let space: PartitionSpace
  public let count: Int

  public init(space: PartitionSpace, count: Int) {
    self.space = space
    self.count = count
  }
}

/// A schedule's identity: its location and its name there.
public struct ScheduleID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let location: LocationName
  public let name: String

  public init(location: LocationName, name: String) {
    self.location = location
    self.name = name
  }

  public var description: String { "\(location)/\(name)" }
  public static func < (left: Self, right: Self) -> Bool { (left.location, left.name) < (right.location, right.name) }
}
