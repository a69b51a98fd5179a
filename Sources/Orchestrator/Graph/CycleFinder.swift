// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Finds the assets that lie on cycles: strongly connected components by Tarjan's algorithm, without recursion.
enum CycleFinder {
  /// Every component that contains a cycle.
  static func components(of graph: Graph) -> [[AssetKey]] {
    var search = Search(graph: graph)
    for asset in graph.keys where search.index[asset] == nil { search.visit(asset) }
    return search.cyclic
  }

  /// A shortest path from an asset back to itself among the members of its component, both ends included.
  static func path(from start: AssetKey, within members: Set<AssetKey>, _ graph: Graph) -> [AssetKey] {
    var cameFrom: [AssetKey: AssetKey] = [:]
    var frontier = [start]
    while !frontier.isEmpty {
      var following: [AssetKey] = []
      for asset in frontier {
        for upstream in graph.upstreams(of: asset) where members.contains(upstream) {
          if upstream == start { return trace(to: asset, from: start, cameFrom) + [start] }
          // The first way to an asset is kept: a later one could lead round in a circle.
          guard cameFrom[upstream] == nil else { continue }
          cameFrom[upstream] = asset
          following.append(upstream)
        }
      }
      frontier = following
    }
    return [start]
  }

  private static func trace(to end: AssetKey, from start: AssetKey, _ cameFrom: [AssetKey: AssetKey]) -> [AssetKey] {
    var path = [end]
    while let last = path.last, last != start, let previous = cameFrom[last] { path.append(previous) }
    return path.reversed()
  }

  private struct Search {
    let graph: Graph
    var index: [AssetKey: Int] = [:]
    var low: [AssetKey: Int] = [:]
    var stack: [AssetKey] = []
    var onStack: Set<AssetKey> = []
    var cyclic: [[AssetKey]] = []

    mutating func visit(_ root: AssetKey) {
      var frames: [(asset: AssetKey, upstreams: [AssetKey], next: Int)] = [open(root)]
      while var frame = frames.popLast() {
        if frame.next < frame.upstreams.count {
          let upstream = frame.upstreams[frame.next]
          frame.next += 1
          frames.append(frame)
          if index[upstream] == nil {
            frames.append(open(upstream))
          } else if onStack.contains(upstream) {
            low[frame.asset] = min(low[frame.asset]!, index[upstream]!)
          }
        } else {
          close(frame.asset)
          if let parent = frames.last { low[parent.asset] = min(low[parent.asset]!, low[frame.asset]!) }
        }
      }
    }

    private mutating func open(_ asset: AssetKey) -> (asset: AssetKey, upstreams: [AssetKey], next: Int) {
      index[asset] = index.count
      low[asset] = index[asset]
      stack.append(asset)
      onStack.insert(asset)
      return (asset, graph.upstreams(of: asset).filter { graph.assets[$0] != nil }, 0)
    }

    private mutating func close(_ asset: AssetKey) {
      guard low[asset] == index[asset] else { return }
      var component: [AssetKey] = []
      repeat {
        component.append(stack.removeLast())
        onStack.remove(component.last!)
      } while component.last != asset
      if component.count > 1 || graph.upstreams(of: asset).contains(asset) { cyclic.append(component) }
    }
  }
}
