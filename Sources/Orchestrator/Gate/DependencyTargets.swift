// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The partitions of an upstream that one step reads, in order: arithmetic, not a list.
package struct DependencyTargets: RandomAccessCollection, Sendable {
  private enum Content: Sendable {
    case one(PartitionKey)
    case all(PartitionSpace)
  }

  package let asset: AssetKey
  private let content: Content
  package let endIndex: Int
  package var startIndex: Int { 0 }

  init(_ asset: AssetKey, _ partition: PartitionKey) {
    self.asset = asset
    content = .one(partition)
    endIndex = 1
  }

  init(_ asset: AssetKey, _ space: PartitionSpace, count: Int) {
    self.asset = asset
    content = .all(space)
    endIndex = count
  }

  package subscript(position: Int) -> AssetPartition {
    switch content {
    case .one(let partition): AssetPartition(asset, partition)
    case .all(let space): AssetPartition(asset, space.key(at: position))
    }
  }
}
