// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Finds what lies on cycles.
enum CycleFinder {
  /// A shortest path from an asset back to itself among the members of its component, both ends included.
  ///
  /// - Parameter dependencies: how many more may be followed; where they do not suffice there is no path.
  static func path(
    from start: AssetKey, within members: Set<AssetKey>, _ graph: Graph, following dependencies: inout Int
  ) -> [AssetKey]? {
    var cameFrom: [AssetKey: AssetKey] = [:]
    var passed: Set<StepKey> = []
    var frontier = [start]
    while !frontier.isEmpty {
      var following: [AssetKey] = []
      for asset in frontier {
        // What one of a step's assets reads the others read as well.
        guard let (key, step) = graph.step(yielding: asset), passed.insert(key).inserted else { continue }
        guard dependencies >= step.dependencies.count else {
          dependencies = 0
          return nil
        }
        dependencies -= step.dependencies.count
        for upstream in step.dependencies.lazy.map(\.upstream) where members.contains(upstream) {
          if upstream == start { return trace(to: asset, from: start, cameFrom) + [start] }
          // The first way to an asset is kept: a later one could lead round in a circle.
          guard cameFrom[upstream] == nil else { continue }
          cameFrom[upstream] = asset
          following.append(upstream)
        }
      }
      frontier = following
    }
    return nil
  }

  private static func trace(to end: AssetKey, from start: AssetKey, _ cameFrom: [AssetKey: AssetKey]) -> [AssetKey] {
    var path = [end]
    while let last = path.last, last != start, let previous = cameFrom[last] { path.append(previous) }
    return path.reversed()
  }

  /// Strongly connected components by Tarjan's algorithm, without recursion: every one that contains a cycle.
  ///
  /// - Parameter upstreams: what each of the numbers reads.
  static func components(of upstreams: [[Int]]) -> [[Int]] {
    var search = Search(upstreams)
    for number in upstreams.indices where search.index[number] < 0 { search.visit(number) }
    return search.cyclic
  }

  private struct Search {
    let upstreams: [[Int]]
    var index: [Int]
    var low: [Int]
    var onStack: [Bool]
    var stack: [Int] = []
    var cyclic: [[Int]] = []
    private var visited = 0

    init(_ upstreams: [[Int]]) {
      self.upstreams = upstreams
      index = Array(repeating: -1, count: upstreams.count)
      low = index
      onStack = Array(repeating: false, count: upstreams.count)
    }

    mutating func visit(_ root: Int) {
      var frames = [(number: root, next: 0)]
      open(root)
      while let frame = frames.popLast() {
        if frame.next < upstreams[frame.number].count {
          let upstream = upstreams[frame.number][frame.next]
          frames.append((frame.number, frame.next + 1))
          if index[upstream] < 0 {
            open(upstream)
            frames.append((upstream, 0))
          } else if onStack[upstream] {
            low[frame.number] = min(low[frame.number], index[upstream])
          }
        } else {
          close(frame.number)
          if let parent = frames.last { low[parent.number] = min(low[parent.number], low[frame.number]) }
        }
      }
    }

    private mutating func open(_ number: Int) {
      index[number] = visited
      low[number] = visited
      visited += 1
      stack.append(number)
      onStack[number] = true
    }

    private mutating func close(_ number: Int) {
      guard low[number] == index[number] else { return }
      var component: [Int] = []
      repeat {
        component.append(stack.removeLast())
        onStack[component[component.count - 1]] = false
      } while component.last != number
      if component.count > 1 || upstreams[number].contains(number) { cyclic.append(component) }
    }
  }
}
