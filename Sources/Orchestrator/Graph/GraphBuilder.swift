// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Builds a graph: claims by ownership, then edges by sharing and fit, then cycles.
struct GraphBuilder {
  private var graph = Graph()
  private let owners: [(pattern: OwnershipPattern, location: LocationName)]

  static func build(workspace: WorkspaceDefinition, manifests: [LocationName: Manifest]) -> Graph {
    var builder = GraphBuilder(workspace: workspace)
    for location in workspace.locations {
      guard let manifest = manifests[location.name] else { continue }
      builder.claim(manifest, of: location)
    }
    builder.refuseUnfitEdges()
    builder.index()
    builder.findCycles()
    builder.rank()
    builder.graph.refusals.sort()
    return builder.graph
  }

  private init(workspace: WorkspaceDefinition) {
    owners = workspace.locations.flatMap { location in location.owns.map { ($0, location.name) } }
  }

  private mutating func refuse(_ location: LocationName, _ definition: String, _ reason: String) {
    graph.refusals.append(Refusal(location: location, definition: definition, reason: reason))
  }

  // MARK: Ownership

  private mutating func claim(_ manifest: Manifest, of location: LocationDefinition) {
    for step in manifest.steps {
      let key = StepKey(location: location.name, name: step.name)
      if let problem = problem(claiming: step, as: key, by: location) {
        refuse(location.name, step.name, problem)
        continue
      }
      graph.steps[key] = step
      for output in step.outputs {
        graph.producers[output.key] = key
        graph.assets[output.key] = output
      }
    }
    for schedule in manifest.schedules {
      let id = ScheduleID(location: location.name, name: schedule.name)
      if graph.schedules.updateValue(schedule, forKey: id) != nil {
        refuse(location.name, schedule.name, "schedule '\(schedule.name)' is declared twice: give each its own name")
      }
    }
  }

  private func problem(claiming step: StepSpec, as key: StepKey, by location: LocationDefinition) -> String? {
    if graph.steps[key] != nil { return "step '\(step.name)' is declared twice in '\(location.name)': give each its own name" }
    if step.outputs.isEmpty { return "step '\(step.name)' yields no asset" }
    var seen: Set<AssetKey> = []
    for output in step.outputs {
      if !seen.insert(output.key).inserted || graph.producers[output.key]?.location == location.name {
        return "asset '\(output.key)' is declared twice in '\(location.name)'"
      }
      guard location.owns.contains(where: { $0.matches(output.key) }) else {
        let owner = owners.first { $0.pattern.matches(output.key) }?.location
        let belongs = owner.map { "it belongs to '\($0)'" } ?? "no location owns it"
        return "'\(location.name)' may not define '\(output.key)': \(belongs); it owns "
          + location.owns.map { "'\($0)'" }.joined(separator: ", ") + " by workspace.yaml"
      }
      let checks = output.checks.map(\.name)
      if Set(checks).count != checks.count { return "asset '\(output.key)' declares two checks of one name" }
    }
    return nil
  }

  // MARK: Edges

  private mutating func refuseUnfitEdges() {
    let claimed = graph
    for (key, step) in claimed.steps.sorted(by: { $0.key < $1.key }) {
      let problems = step.dependencies.compactMap { Self.problem(reading: $0, in: step, of: key.location, claimed) }
      guard !problems.isEmpty else { continue }
      for problem in problems { refuse(key.location, key.name, problem) }
      graph.steps[key] = nil
      for output in step.outputs {
        graph.producers[output.key] = nil
        graph.assets[output.key] = nil
      }
    }
  }

  private static func problem(
    reading dependency: DependencySpec, in step: StepSpec, of reader: LocationName, _ graph: Graph
  ) -> String? {
    let upstream = dependency.upstream
    guard let producer = graph.producers[upstream], let spec = graph.assets[upstream], let made = graph.steps[producer] else {
      return nil  // Not defined yet: its gate says "unresolved", and it heals.
    }
    if producer.location != reader {
      if !spec.sharedWith.contains(reader) {
        return "'\(reader)' may not read '\(upstream)': its owner '\(producer.location)' does not share it; ask that team for "
          + ".shared(with: \"\(reader)\")"
      }
      if spec.output.isProcessLocal {
        return
          "'\(reader)' cannot read '\(upstream)': '\(producer.location)' stores it in its own process (\(spec.output.scheme))"
      }
      if !dependency.loadableSchemes.contains(spec.output.scheme) {
        return "'\(reader)' cannot read '\(upstream)': it is stored as '\(spec.output.scheme)', and '\(reader)' loads "
          + dependency.loadableSchemes.map { "'\($0)'" }.joined(separator: ", ")
      }
    }
    return mismatch(dependency, in: step, producer: producer, space: made.partitions)
  }

  private static func mismatch(
    _ dependency: DependencySpec, in step: StepSpec, producer: StepKey, space: PartitionSpace
  ) -> String? {
    let upstream = dependency.upstream
    if !dependency.partitions.isComparable(with: space) {
      return "step '\(step.name)' expects other partitions of '\(upstream)' than '\(producer.location)' declares: "
        + "give the Upstream the owner's partitions"
    }
    if dependency.mapping == .identity, !step.partitions.isComparable(with: space) {
      return
        "step '\(step.name)' reads '\(upstream)' partition by partition, but their partitions differ in kind: read it with .all"
    }
    return nil
  }

  // MARK: Readers and cycles

  private mutating func index() {
    var readers: [AssetKey: Set<AssetKey>] = [:]
    for step in graph.steps.values {
      for dependency in step.dependencies {
        readers[dependency.upstream, default: []].formUnion(step.outputs.map(\.key))
      }
    }
    graph.readers = readers.mapValues { $0.sorted() }
    for (key, asset) in graph.assets where !asset.checks.isEmpty {
      graph.grantedChecks[key] = asset.checks.map { GrantedCheckSpec(check: $0.identity, severity: $0.severity) }
    }
    graph.keys = graph.assets.keys.sorted()
    for key in graph.keys { if let asset = graph.assets[key] { graph.groups[asset.group, default: []].append(key) } }
  }

  private mutating func findCycles() {
    for component in CycleFinder.components(of: graph) {
      for asset in component { graph.knots[asset] = graph.knotMembers.count }
      graph.knotMembers.append(Set(component))
    }
  }

  // MARK: Order

  private mutating func rank() {
    // Numbered in their own order, so that what follows compares and looks up numbers rather than names.
    let keys = graph.steps.keys.sorted()
    let numbers = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
    let cyclic = Set(graph.knots.keys.compactMap { graph.producers[$0].flatMap { numbers[$0] } })
    var pending = Array(repeating: 0, count: keys.count)
    var following: [[Int]] = Array(repeating: [], count: keys.count)
    for (number, key) in keys.enumerated() where !cyclic.contains(number) {
      let upstreams = graph.steps[key]?.dependencies.map(\.upstream) ?? []
      // Whoever reads from a cycle waits for nothing of it: that is never planned.
      let producers = Set(upstreams.compactMap { graph.producers[$0].flatMap { numbers[$0] } }).subtracting(cyclic)
      pending[number] = producers.count
      for producer in producers { following[producer].append(number) }
    }
    var order: [Int] = []
    var frontier = keys.indices.filter { pending[$0] == 0 && !cyclic.contains($0) }
    while !frontier.isEmpty {
      order += frontier
      var next: [Int] = []
      for done in frontier {
        for number in following[done] {
          pending[number] -= 1
          if pending[number] == 0 { next.append(number) }
        }
      }
      frontier = next.sorted()
    }
    order += cyclic.sorted()
    graph.ranks = Dictionary(uniqueKeysWithValues: order.enumerated().map { (keys[$1], $0) })
  }
}
