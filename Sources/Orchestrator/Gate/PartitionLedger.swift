// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// What the core remembers of one asset partition for ever: 20 bytes (semantics 28).
package struct PartitionEntry: Hashable, Sendable {
  /// What a partition's latest step came to, where that settled nothing.
  package enum LatestStep: UInt8, Hashable, Sendable {
    case none, inFlight, failed, blocked, ended
  }

  package enum Settled: UInt8, Hashable, Sendable {
    case never, promoted, rejected
  }

  /// The number of the newest settled version; 0 for none.
  package var newest: VersionNumber = 0
  /// The number of the last promoted version, `current`; 0 for none.
  package var promoted: VersionNumber = 0
  /// The highest number ever granted.
  package var allocated: VersionNumber = 0
  /// The checks that passed on the promoted version.
  package var passed: CheckSets.ID = 0
  package var settled: Settled = .never
  package var latestStep: LatestStep = .none

  package init() {}
}

/// Every partition of one asset, dense by partition index.
///
/// It outlives the asset's definition: a removed or moved asset keeps its numbers and what is promoted.
package struct PartitionLedger: Hashable, Sendable {
  /// The space that the indexes count.
  package private(set) var space: PartitionSpace
  /// The location that owned the asset last.
  package var owner: LocationName
  package private(set) var entries: [PartitionEntry] = []
  /// Numbers at or below it were given to partitions that a later definition dropped.
  package private(set) var floor: VersionNumber = 0

  package init(space: PartitionSpace, owner: LocationName) {
    self.space = space
    self.owner = owner
  }

  /// A ledger as it was, from a snapshot.
  package init(space: PartitionSpace, owner: LocationName, entries: [PartitionEntry], floor: VersionNumber) {
    self.init(space: space, owner: owner)
    self.entries = entries
    self.floor = floor
  }

  package subscript(partition: PartitionKey) -> PartitionEntry {
    guard let index = space.index(of: partition), index < entries.count else { return blank }
    return entries[index]
  }

  package subscript(index index: Int) -> PartitionEntry { index < entries.count ? entries[index] : blank }

  /// Changes an entry; a partition that the space does not declare has none, and the change is lost.
  package mutating func update(_ partition: PartitionKey, _ change: (inout PartitionEntry) -> Void) {
    guard let index = space.index(of: partition) else { return }
    while entries.count <= index { entries.append(blank) }
    change(&entries[index])
  }

  /// Calls `body` for every partition that was ever touched.
  package func forEach(_ body: (_ index: Int, PartitionEntry) -> Void) {
    for (index, entry) in entries.enumerated() where entry != blank { body(index, entry) }
  }

  /// Re-indexes the ledger for a changed definition, matching partitions by key.
  package mutating func adopt(_ other: PartitionSpace) {
    guard other != space else { return }
    var moved: [PartitionEntry] = []
    var dropped = floor
    for (index, entry) in entries.enumerated() {
      guard let target = other.index(of: space.key(at: index)) else {
        dropped = max(dropped, entry.allocated)
        continue
      }
      while moved.count <= target { moved.append(blank) }
      moved[target] = entry
    }
    floor = dropped
    space = other
    entries = moved
    for index in entries.indices where entries[index].allocated < floor { entries[index].allocated = floor }
  }

  private var blank: PartitionEntry {
    var entry = PartitionEntry()
    entry.allocated = floor
    return entry
  }
}
