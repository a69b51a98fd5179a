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

  /// Stores number steps with 28 bits.
  private static let furthestOrdinal = 1 << 28

  func nodes(spaces: [PartitionSpace], texts: TextReader) throws -> [PlannedNode] {
    var end = 0
    return try nodes.map { node in
      let space = try spaces.at(node.space)
      let partitions = try PartitionSet(gaps: node.partitions)
      guard space.has(partitions) else { throw CodecProblem("a plan with a partition that its space does not have") }
      let first = Int(node.firstOrdinal)
      let (stop, isBeyond) = first.addingReportingOverflow(partitions.count)
      guard first >= end, !isBeyond, stop < Self.furthestOrdinal else {
        throw CodecProblem("a plan whose steps are out of order")
      }
      end = stop
      guard !node.outputs.isEmpty else { throw CodecProblem("a plan with a step that yields nothing") }
      return PlannedNode(
        location: try texts.location(node.location), step: try texts.text(node.step),
        outputs: try node.outputs.map { try texts.asset($0) }, space: space, partitions: partitions, firstOrdinal: first)
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

extension PartitionSpace {
  /// Whether every partition of a set could be one of these; windows need not have begun.
  fileprivate func has(_ partitions: PartitionSet) -> Bool {
    guard let last = partitions.last else { return true }
    switch self {
    case .single: return last == 0
    case .keys(let keys): return last < keys.all.count
    case .daily, .hourly: return true
    }
  }
}

extension [PartitionSpace] {
  func at(_ index: UInt32) throws -> PartitionSpace {
    guard index < count else { throw CodecProblem("partition space \(index) of \(count)") }
    return self[Int(index)]
  }
}
