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

  package init(_ asset: AssetKey, _ partition: PartitionKey) {
    self.asset = asset
    content = .one(partition)
    endIndex = 1
  }

  package init(_ asset: AssetKey, _ space: PartitionSpace, count: Int) {
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

  /// Whether the partitions are those of a space, in its order; it may say no where they are.
  func areCounted(by space: PartitionSpace) -> Bool {
    if case .all(let own) = content { own.isPlainlySame(as: space) } else { false }
  }

  /// The index of a partition in another space, without spelling its key where that can be spared.
  func index(_ position: Int, in space: PartitionSpace) -> Int? {
    switch content {
    case .one(let partition): space.index(of: partition)
    case .all(let own): own.index(position, in: space)
    }
  }
}
