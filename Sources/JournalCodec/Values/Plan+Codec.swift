// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

extension PBPlan {
  init(_ nodes: [PlannedNode], spaces: inout SpaceTable, texts: inout TextWriter) {
    self.init()
    for node in nodes {
      var encoded = Node()
      encoded.location = texts.index(node.location)
      encoded.step = texts.index(node.step)
      encoded.outputs = node.outputs.map { texts.index($0) }
      encoded.space = spaces.index(node.space)
      encoded.partitions = node.partitions.gaps
      encoded.firstOrdinal = Int64(node.firstOrdinal)
      self.nodes.append(encoded)
    }
  }

  func nodes(spaces: [PartitionSpace], texts: TextReader) throws -> [PlannedNode] {
    try nodes.map { node in
      PlannedNode(
        location: try texts.location(node.location), step: try texts.text(node.step),
        outputs: try node.outputs.map { try texts.asset($0) }, space: try spaces.at(node.space),
        partitions: try PartitionSet(gaps: node.partitions), firstOrdinal: Int(node.firstOrdinal))
    }
  }
}

/// The partition spaces of a plan, each once: nodes share them, and static keys may be many.
struct SpaceTable {
  private(set) var spaces: [PartitionSpace] = []
  private var indexes: [PartitionSpace: UInt32] = [:]

  mutating func index(_ space: PartitionSpace) -> UInt32 {
    // Nodes in a row mostly share a space, and hashing static keys is dear.
    if let last = spaces.last, last == space { return UInt32(spaces.count - 1) }
    if let known = indexes[space] { return known }
    let index = UInt32(spaces.count)
    spaces.append(space)
    indexes[space] = index
    return index
  }

  var encoded: [PBPartitionSpace] { spaces.map { PBPartitionSpace($0) } }
}

extension [PartitionSpace] {
  func at(_ index: UInt32) throws -> PartitionSpace {
    guard index < count else { throw CodecProblem("partition space \(index) of \(count)") }
    return self[Int(index)]
  }
}
