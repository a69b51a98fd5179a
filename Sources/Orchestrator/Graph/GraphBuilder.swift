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
    builder.graph.refusals.sort()
    return builder.graph
  }

  private init(workspace: WorkspaceDefinition) {
    owners = workspace.locations.flatMap { location in location.owns.map { ($0, location.name) } }
  }

  private mutating func refuse(_ location: LocationName, _ definition: String, _ reasons: String...) {
    refuse(location, definition, reasons)
  }

  private mutating func refuse(_ location: LocationName, _ definition: String, _ reasons: [String]) {
    let refusals = reasons.map {
      Refusal(location: location, definition: definition, reason: $0.cut(toBytes: GraphLimits.reasonBytes))
    }
    graph.refusals += graph.refused.add(refusals)
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
          + location.owns.prefix(GraphLimits.shownPatterns).map { "'\($0)'" }.joined(separator: ", ")
          + (location.owns.count > GraphLimits.shownPatterns ? ", …" : "") + " by workspace.yaml"
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
      let problems = Self.problems(reading: step, as: key, claimed)
      guard !problems.isEmpty else { continue }
      refuse(key.location, key.name, problems)
      graph.steps[key] = nil
      for output in step.outputs {
        graph.producers[output.key] = nil
        graph.assets[output.key] = nil
      }
    }
  }

  /// The dependencies of a step that do not fit: the first ones, and how many more, since each says as much again.
  private static func problems(reading step: StepSpec, as key: StepKey, _ graph: Graph) -> [String] {
    var problems: [String] = []
    var more = 0
    for dependency in step.dependencies {
      guard let problem = problem(reading: dependency, in: step, of: key.location, graph) else { continue }
      if problems.count < GraphLimits.reasonsPerStep { problems.append(problem) } else { more += 1 }
    }
    if more > 0 { problems.append("\(more) more of what step '\(step.name)' reads does not fit either") }
    return problems
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

  // MARK: Readers and order

  private mutating func index() {
    for (key, asset) in graph.assets where !asset.checks.isEmpty {
      graph.grantedChecks[key] = asset.checks.map { GrantedCheckSpec(check: $0.identity, severity: $0.severity) }
      let blocking = asset.checks.filter { $0.severity == .block }.map(\.identity)
      if !blocking.isEmpty { graph.blockingChecks[key] = blocking }
    }
    graph.keys = graph.assets.keys.sorted()
    for key in graph.keys {
      if let asset = graph.assets[key] { graph.groups[asset.group, default: []].append(key) }
      if let owner = graph.owner(of: key) { graph.ownKeys[owner, default: []].append(key) }
    }
    let network = StepNetwork(of: graph)
    graph.stepKeys = network.keys
    // In their order, and so each list is sorted.
    for step in network.keys {
      for upstream in Set((graph.steps[step]?.dependencies ?? []).lazy.map(\.upstream)) {
        graph.readingSteps[upstream, default: []].append(step)
      }
    }
    let cycles = network.cycles()
    for cycle in cycles {
      let members = network.members(of: cycle, graph)
      for asset in members { graph.knots[asset] = graph.knotMembers.count }
      graph.knotMembers.append(members)
    }
    graph.ranks = network.ranks(cyclic: Set(cycles.joined()))
  }
}
