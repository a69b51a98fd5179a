// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// What the text of one launch names in each space: read once, however many steps have that space.
package struct PartitionTexts {
  /// A space, of which long lists of keys are hashed by a few.
  private struct Key: Hashable {
    let space: PartitionSpace

    func hash(into hasher: inout Hasher) {
      guard case .keys(let keys) = space else { return hasher.combine(space) }
      hasher.combine(keys.all.count)
      hasher.combine(keys.all.first)
      hasher.combine(keys.all.last)
    }
  }

  private var sets: [Key: PartitionSet] = [:]
  /// Texts that were read, not remembered.
  package private(set) var reads = 0

  package init() {}

  /// - Parameter text: the same one each time.
  package mutating func parse(_ text: String, in space: PartitionSpace, at now: Timestamp) throws(ModelError) -> PartitionSet {
    if let known = sets[Key(space: space)] { return known }
    reads += 1
    let set = try space.parse(text, at: now)
    sets[Key(space: space)] = set
    return set
  }
}
