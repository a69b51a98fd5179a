// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Which steps read from which, numbered in their order: whoever goes through it compares and looks up numbers rather than names,
/// and meets a step once, however many assets it yields.
struct StepNetwork {
  let keys: [StepKey]
  /// The steps that each step reads from, each once.
  private let upstreams: [[Int]]

  init(of graph: Graph) {
    keys = graph.steps.keys.sorted()
    let numbers = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
    upstreams = keys.map { key in
      var seen: Set<Int> = []
      return (graph.steps[key]?.dependencies ?? []).compactMap { dependency in
        graph.producers[dependency.upstream].flatMap { numbers[$0] }.flatMap { seen.insert($0).inserted ? $0 : nil }
      }
    }
  }

  /// The groups of steps that lie on cycles together.
  func cycles() -> [[Int]] { CycleFinder.components(of: upstreams) }

  /// The assets that lie on the cycles of a group: those that one of its steps yields and one of its steps reads.
  func members(of group: [Int], _ graph: Graph) -> Set<AssetKey> {
    let steps = Set(group.map { keys[$0] })
    var members: Set<AssetKey> = []
    for step in steps {
      for dependency in graph.steps[step]?.dependencies ?? [] {
        if let producer = graph.producers[dependency.upstream], steps.contains(producer) { members.insert(dependency.upstream) }
      }
    }
    return members
  }

  /// The place of each step in an order in which it comes after those that it reads; those on a cycle come last.
  func ranks(cyclic: Set<Int>) -> [StepKey: Int] {
    var pending = Array(repeating: 0, count: keys.count)
    var following: [[Int]] = Array(repeating: [], count: keys.count)
    for number in keys.indices where !cyclic.contains(number) {
      // Whoever reads from a cycle waits for nothing of it: that is never planned.
      for producer in upstreams[number] where !cyclic.contains(producer) {
        pending[number] += 1
        following[producer].append(number)
      }
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
    return Dictionary(uniqueKeysWithValues: order.enumerated().map { (keys[$1], $0) })
  }
}
