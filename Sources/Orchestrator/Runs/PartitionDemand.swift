// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Which partitions of each selected step a launch means (semantics 12).
///
/// What was asked for applies to the steps that the selection names, and to what it adds as descendants. A step that it adds as an ancestor
/// runs the partitions that its readers in the run need. Where nothing that is named has partitions, what was asked for applies to the
/// ancestors that are read whole.
///
/// Steps are asked about from the last reader to the first ancestor.
struct PartitionDemand {
  private let graph: Graph
  private let asked: LaunchRequest.Partitions
  private let now: Timestamp
  /// Those that run only as ancestors of others.
  private let ancestors: Set<StepKey>
  /// Whether what was asked for applies to what is read whole, too.
  private let restrictsAncestors: Bool
  /// How much it may look at for ancestors.
  private let most: Int
  private var needs: [StepKey: PartitionSet] = [:]
  private var texts = PartitionTexts()
  /// Why the text that was asked for names nothing.
  private var problem: CommandError?
  private var isApplied = false
  /// What it has looked at so far: dependencies and ranges of partitions.
  private(set) var work = 0

  /// - Parameter most: how much it may look at for ancestors.
  init(
    _ request: LaunchRequest, of named: Set<StepKey>, ancestors: Set<StepKey>, in graph: Graph, at now: Timestamp, most: Int
  ) {
    self.graph = graph
    self.most = most
    self.ancestors = ancestors
    self.now = now
    asked = request.partitions
    restrictsAncestors =
      !ancestors.isEmpty && !named.contains { graph.steps[$0]?.partitions.isPartitioned == true }
  }

  /// The partitions of one step; all of its readers in the run were asked about before.
  mutating func partitions(of key: StepKey, _ spec: StepSpec) throws(CommandError) -> PartitionSet {
    let partitions = ancestors.contains(key) ? needs[key] ?? [] : try named(spec)
    if !ancestors.isEmpty, !partitions.isEmpty { try need(partitions, of: spec) }
    return partitions
  }

  /// The partitions of a step that the selection names.
  mutating func named(_ spec: StepSpec) throws(CommandError) -> PartitionSet {
    guard spec.partitions.isPartitioned else { return PartitionSet(0) }
    isApplied = true
    switch asked {
    case .all: return PartitionSet(0..<spec.partitions.count(at: now))
    case .latest: return spec.partitions.latest(at: now).map { PartitionSet($0) } ?? []
    case .text(let text):
      do {
        return try texts.parse(text, in: spec.partitions, at: now)
      } catch {
        throw CommandError(.badPartitions, "'\(spec.name)': \(error.message)")
      }
    case .unspecified:
      throw CommandError(
        .badPartitions,
        "'\(spec.name)' has \(spec.partitions.count(at: now)) partitions: name some (\(spec.partitions.summary(at: now))), "
          + "'latest' or 'all'")
    }
  }

  /// - Throws: ``CommandError`` where partitions were named, and nothing that is selected has them.
  func checkApplied() throws(CommandError) {
    guard case .text(let text) = asked, !isApplied else { return }
    throw problem
      ?? CommandError(
        .badPartitions, "nothing that is selected has partitions: leave out '\(text.cut(toBytes: 100, mark: "…").quoted)'")
  }

  /// Notes what a step's partitions read of the ancestors.
  private mutating func need(_ partitions: PartitionSet, of spec: StepSpec) throws(CommandError) {
    work += spec.dependencies.count
    for dependency in spec.dependencies {
      guard let producer = graph.producers[dependency.upstream], ancestors.contains(producer),
        let upstream = graph.steps[producer]?.partitions
      else { continue }
      // Static keys are looked up one by one.
      if dependency.mapping == .identity, case .keys = spec.partitions { work += partitions.count / Self.keysPerUnit }
      guard work <= most else {
        throw CommandError(
          .tooLarge, "more than \(most) dependencies of ancestors would be looked at (demandPerScheduledRun): select fewer assets"
        )
      }
      let needed =
        switch dependency.mapping {
        case .identity: spec.partitions.translate(partitions, to: upstream, at: now)
        case .all: whole(upstream, named: producer.name, readBy: spec)
        }
      work += needed.ranges.count
      guard let known = needs[producer] else {
        needs[producer] = needed
        continue
      }
      // Most readers need the same.
      if known != needed { needs[producer] = known.union(needed) }
    }
  }

  private static let keysPerUnit = 4

  /// What is read of an ancestor by a step that reads all of it: what was asked for, where that can be meant of nothing before it.
  private mutating func whole(_ space: PartitionSpace, named name: String, readBy reader: StepSpec) -> PartitionSet {
    let all = PartitionSet(0..<space.count(at: now))
    guard restrictsAncestors, space.isPartitioned, !reader.partitions.isPartitioned else { return all }
    switch asked {
    case .all, .unspecified: return all
    case .latest: return space.latest(at: now).map { PartitionSet($0) } ?? []
    case .text(let text):
      do {
        let named = try texts.parse(text, in: space, at: now)
        isApplied = true
        return named
      } catch {
        if problem == nil { problem = CommandError(.badPartitions, "'\(name)': \(error.message)") }
        return all
      }
    }
  }
}
