// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// One step of a run's plan, spelled out.
package struct PlannedStep: Hashable, Sendable {
  package let location: LocationName
  package let step: String
  package let outputs: [AssetKey]
  package let partition: PartitionKey

  /// The asset partitions that it is to make or check.
  package var targets: [AssetPartition] { outputs.map { AssetPartition($0, partition) } }
}

/// The steps of a plan by ordinal, kept as the plan's nodes: a million steps in a row are one node.
package struct PlannedSteps: Hashable, Sendable {
  /// With ascending first ordinals.
  package let nodes: [PlannedNode]

  package init(nodes: [PlannedNode]) { self.nodes = nodes }

  /// The planner bounds the steps of a run, and who decodes a plan refuses one whose sum would overflow.
  package var count: Int { nodes.last.map { $0.firstOrdinal + $0.partitions.count } ?? 0 }

  /// The step with an ordinal, or nil when the plan has none.
  package subscript(ordinal: Int) -> PlannedStep? {
    guard let (node, index) = nodes.place(of: ordinal) else { return nil }
    return PlannedStep(
      location: node.location, step: node.step, outputs: node.outputs, partition: node.space.key(at: index))
  }
}
