// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Everything that the locations in force define together: who owns what, what reads what, and what was refused.
///
/// A pure function of the workspace and the manifests in force; the order in which locations connected plays no part
/// (semantics 26).
public struct Graph: Hashable, Sendable {
  /// Steps that were accepted, by location and name.
  public internal(set) var steps: [StepKey: StepSpec] = [:]
  /// Every accepted step, sorted.
  package internal(set) var stepKeys: [StepKey] = []
  /// Which step yields an asset.
  public internal(set) var producers: [AssetKey: StepKey] = [:]
  /// The steps that read an asset directly, sorted; also of assets that nobody defines.
  var readingSteps: [AssetKey: [StepKey]] = [:]
  /// What was refused, sorted by location and definition: the first ``GraphLimits/reasonsPerLocation`` reasons of each location.
  public internal(set) var refusals: [Refusal] = []
  var refused = RefusedNames()
  /// Which of the groups that lie on cycles an asset belongs to; such an asset is unschedulable.
  var knots: [AssetKey: Int] = [:]
  /// The members of each group of assets that lie on cycles together.
  var knotMembers: [Set<AssetKey>] = []
  /// Accepted schedules.
  public internal(set) var schedules: [ScheduleID: ScheduleSpec] = [:]
  /// The place of each step in an order in which it comes after those that it reads; steps on a cycle come last.
  var ranks: [StepKey: Int] = [:]
  /// Specs of accepted assets.
  public internal(set) var assets: [AssetKey: AssetSpec] = [:]
  /// What a grant names of an asset's checks, where it has any: every grant holds the same array.
  var grantedChecks: [AssetKey: [GrantedCheckSpec]] = [:]
  /// The checks that close an asset's gate until they have passed, where it has any.
  var blockingChecks: [AssetKey: [CheckIdentity]] = [:]
  /// Every accepted key, sorted.
  public internal(set) var keys: [AssetKey] = []
  /// The accepted keys of each location, sorted.
  var ownKeys: [LocationName: [AssetKey]] = [:]
  /// The accepted keys of each group, sorted.
  var groups: [String: [AssetKey]] = [:]

  public init() {}

  /// The graph of a workspace and the manifests that are known, as every control plane sees it.
  public init(workspace: WorkspaceDefinition, manifests: [LocationName: Manifest]) {
    self = GraphBuilder.build(workspace: workspace, manifests: manifests)
  }

  /// How much there is to look at for all of it: assets, or steps where these are more.
  var size: Int { max(assets.count, steps.count) }

  /// The step that yields an asset, where one does.
  public func step(yielding asset: AssetKey) -> (key: StepKey, spec: StepSpec)? {
    guard let key = producers[asset], let spec = steps[key] else { return nil }
    return (key, spec)
  }

  /// The partitions of an asset, without the rest of its step: the gate asks for nothing else, and asks often.
  func partitions(of asset: AssetKey) -> PartitionSpace? {
    producers[asset].flatMap { steps.index(forKey: $0) }.map { steps.values[$0].partitions }
  }

  /// The location that owns and defines an asset.
  public func owner(of asset: AssetKey) -> LocationName? { producers[asset]?.location }

  /// The assets that an asset's step reads.
  public func upstreams(of asset: AssetKey) -> [AssetKey] {
    step(yielding: asset)?.spec.dependencies.map(\.upstream) ?? []
  }
}

/// A step's identity in a workspace: its location and its name there.
public struct StepKey: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let location: LocationName
  public let name: String

  public init(location: LocationName, name: String) {
    self.location = location
    self.name = name
  }

  public var description: String { "\(location):\(name)" }
  public static func < (left: Self, right: Self) -> Bool { (left.location, left.name) < (right.location, right.name) }
}

/// A definition that its location may not make, or that does not fit another's; the rest of the manifest loads.
public struct Refusal: Hashable, Sendable, Comparable {
  public let location: LocationName
  /// The step or schedule, by name.
  public let definition: String
  /// What is wrong, naming both sides, and the mend.
  public let reason: String

  public init(location: LocationName, definition: String, reason: String) {
    self.location = location
    self.definition = definition
    self.reason = reason
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.location, left.definition, left.reason) < (right.location, right.definition, right.reason)
  }
}
