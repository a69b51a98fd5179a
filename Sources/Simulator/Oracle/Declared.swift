// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// What the locations in force may define together, worked out in the plainest way, apart from `GraphBuilder`.
struct Declared {
  struct Asset {
    let location: LocationName
    let step: StepSpec
    let spec: AssetSpec
    var blocking: Set<CheckIdentity> { Set(spec.checks.filter { $0.severity == .block }.map(\.identity)) }
  }

  private(set) var assets: [AssetKey: Asset] = [:]
  private(set) var cyclic: Set<AssetKey> = []

  init() {}

  init(_ workspace: WorkspaceDefinition, _ manifests: [LocationName: Manifest]) {
    for location in workspace.locations { claim(manifests[location.name], location) }
    let claimed = assets
    for (key, asset) in claimed where !asset.step.dependencies.allSatisfy({ Self.fits($0, asset, claimed) }) { assets[key] = nil }
    for key in assets.keys where reaches(key, from: key) { cyclic.insert(key) }
  }

  private mutating func claim(_ manifest: Manifest?, _ location: LocationDefinition) {
    var names: Set<String> = []
    for step in manifest?.steps ?? [] {
      let keys = step.outputs.map(\.key)
      let isMine = keys.allSatisfy { key in assets[key] == nil && location.owns.contains { $0.matches(key) } }
      let areChecksNamed = step.outputs.allSatisfy { Set($0.checks.map(\.name)).count == $0.checks.count }
      guard isMine, areChecksNamed, !keys.isEmpty, Set(keys).count == keys.count, !names.contains(step.name) else { continue }
      names.insert(step.name)
      for output in step.outputs { assets[output.key] = Asset(location: location.name, step: step, spec: output) }
    }
  }

  private static func fits(_ dependency: DependencySpec, _ reader: Asset, _ claimed: [AssetKey: Asset]) -> Bool {
    guard let upstream = claimed[dependency.upstream] else { return true }
    let space = upstream.step.partitions
    if upstream.location != reader.location {
      let isShared = upstream.spec.sharedWith.contains(reader.location)
      let isLoadable = dependency.loadableSchemes.contains(upstream.spec.output.scheme)
      guard isShared, isLoadable, !upstream.spec.output.isProcessLocal else { return false }
    }
    guard dependency.partitions.isComparable(with: space) else { return false }
    return dependency.mapping == .all || reader.step.partitions.isComparable(with: space)
  }

  private func reaches(_ goal: AssetKey, from start: AssetKey) -> Bool {
    var seen: Set<AssetKey> = []
    var frontier = assets[start]?.step.dependencies.map(\.upstream) ?? []
    while let key = frontier.popLast() {
      if key == goal { return true }
      guard seen.insert(key).inserted else { continue }
      frontier += assets[key]?.step.dependencies.map(\.upstream) ?? []
    }
    return false
  }

  func has(_ target: AssetPartition, at now: Timestamp) -> Bool {
    guard let space = assets[target.asset]?.step.partitions, let index = space.index(of: target.partition) else { return false }
    switch space {
    case .single, .keys: return true
    case .daily(let days):
      return (days.includesOpenWindow ? days.window(at: index).lowerBound : days.window(at: index).upperBound) <= now
    case .hourly(let hours):
      return (hours.includesOpenWindow ? hours.window(at: index).lowerBound : hours.window(at: index).upperBound) <= now
    }
  }
}
