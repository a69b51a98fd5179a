// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// What the core remembers of one asset partition for ever: 24 bytes (semantics 28).
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
  /// The checks that failed on the promoted version: no later evaluation of it makes them a pass (semantics 3).
  package var failed: CheckSets.ID = 0
  package var settled: Settled = .never
  package var latestStep: LatestStep = .none

  package init() {}
}

/// Every partition of one asset that was ever touched, by partition index.
///
/// It outlives the asset's definition: a removed or moved asset keeps its numbers and what is promoted. Its size grows with what was
/// touched, not with what is declared: entries lie in chunks, and the hours since the year 1 have one chunk a day that was made.
package struct PartitionLedger: Hashable, Sendable {
  /// The space that the indexes count.
  package private(set) var space: PartitionSpace
  /// The location that owned the asset last.
  package var owner: LocationName
  private var chunks: [Int: [PartitionEntry]] = [:]
  /// Numbers at or below it were given to partitions that a later definition dropped.
  package private(set) var floor: VersionNumber = 0

  /// Entries of one chunk.
  private static let chunk = 32

  package init(space: PartitionSpace, owner: LocationName) {
    self.space = space
    self.owner = owner
  }

  /// A ledger as it was, from a snapshot.
  package init(
    space: PartitionSpace, owner: LocationName, entries: some Sequence<(index: Int, entry: PartitionEntry)>, floor: VersionNumber
  ) {
    self.init(space: space, owner: owner)
    self.floor = floor
    for (index, entry) in entries where index >= 0 { change(index) { $0 = entry } }
  }

  package subscript(partition: PartitionKey) -> PartitionEntry {
    space.index(of: partition).map { self[index: $0] } ?? blank
  }

  package subscript(index index: Int) -> PartitionEntry {
    chunks[index / Self.chunk].map { $0[index % Self.chunk] } ?? blank
  }

  /// Changes an entry; a partition that the space does not declare has none, and the change is lost.
  package mutating func update(_ partition: PartitionKey, _ change: (inout PartitionEntry) -> Void) {
    guard let index = space.index(of: partition) else { return }
    self.change(index, change)
  }

  private mutating func change(_ index: Int, _ change: (inout PartitionEntry) -> Void) {
    let (chunk, place) = index.quotientAndRemainder(dividingBy: Self.chunk)
    if chunks[chunk] != nil {
      change(&chunks[chunk]![place])  // It was there in the line before.
      return
    }
    var entry = blank
    change(&entry)
    // A chunk in which nothing was touched is none: ledgers with equal entries are equal.
    guard entry != blank else { return }
    var entries = Array(repeating: blank, count: Self.chunk)
    entries[place] = entry
    chunks[chunk] = entries
  }

  /// Every partition that was ever touched, in index order.
  package var touched: [(index: Int, entry: PartitionEntry)] {
    let blank = blank
    return chunks.sorted { $0.key < $1.key }.flatMap { number, entries in
      entries.enumerated().lazy.filter { $0.element != blank }.map { (number * Self.chunk + $0.offset, $0.element) }
    }
  }

  /// At most so many partitions were ever touched.
  package var mostTouched: Int { chunks.count * Self.chunk }  // No overflow: all of them are in memory.

  /// Looks at every partition that was ever touched, in index order, as long as the body says so.
  package func scan(_ body: (Int, PartitionEntry) throws -> Bool) rethrows {
    let blank = blank
    for number in chunks.keys.sorted() {
      for (place, entry) in (chunks[number] ?? []).enumerated() where entry != blank {
        guard try body(number * Self.chunk + place, entry) else { return }
      }
    }
  }

  /// Re-indexes the ledger for a changed definition, matching partitions by key.
  package mutating func adopt(_ other: PartitionSpace) {
    guard other != space else { return }
    let before = touched
    let old = space
    space = other
    chunks = [:]
    var kept: [(index: Int, entry: PartitionEntry)] = []
    for (index, entry) in before {
      if let target = other.index(of: old.key(at: index)) {
        kept.append((target, entry))
      } else {
        floor = max(floor, entry.allocated)
      }
    }
    for (index, var entry) in kept {
      entry.allocated = max(entry.allocated, floor)
      change(index) { $0 = entry }
    }
  }

  private var blank: PartitionEntry {
    var entry = PartitionEntry()
    entry.allocated = floor
    return entry
  }
}
