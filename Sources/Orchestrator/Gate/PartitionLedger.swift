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

/// Every partition of one asset that was ever touched.
///
/// It outlives the asset's definition: a removed or moved asset keeps its numbers and what is promoted, and so does a partition that its
/// definition does not declare for a while, or declares with another meaning (semantics 5). Its size grows with what was touched, not with
/// what is declared.
package struct PartitionLedger: Sendable {
  /// The location that owned the asset last.
  package var owner: LocationName
  private var entries: PartitionEntries
  /// Those of other families, which the asset had before.
  private var aside: [PartitionFamily: PartitionEntries] = [:]
  /// Numbers at or below it were given under the keys of another family.
  package private(set) var floor: VersionNumber = 0
  /// The highest number ever granted.
  private var highest: VersionNumber = 0
  /// How often other partitions were declared.
  private var generation = 0

  package init(space: PartitionSpace, owner: LocationName) {
    entries = PartitionEntries(space: space)
    self.owner = owner
  }

  /// A ledger as it was, from a snapshot, or with entries by index.
  package init(
    space: PartitionSpace, owner: LocationName, entries: some Sequence<(index: Int, entry: PartitionEntry)>, floor: VersionNumber
  ) {
    self.init(space: space, owner: owner)
    (self.floor, highest) = (floor, floor)
    for (index, entry) in entries where index >= 0 {
      if let place = self.entries.place(at: index) { restore(entry, at: .place(place)) }
    }
  }

  /// The space that the indexes count.
  package var space: PartitionSpace { entries.space }

  package subscript(partition: PartitionKey) -> PartitionEntry {
    space.index(of: partition).map { self[index: $0] } ?? raised(PartitionEntry())
  }

  package subscript(index index: Int) -> PartitionEntry { raised(entries[index: index] ?? PartitionEntry()) }

  /// How many partitions are remembered, declared or not.
  package var count: Int { aside.isEmpty ? entries.count : aside.values.reduce(entries.count) { $0 + $1.count } }

  /// How many of those that are declared were ever touched.
  package var declaredCount: Int { entries.declaredCount }

  /// Changes the entry of a declared partition.
  ///
  /// - Returns: whether it is declared; nothing is changed otherwise.
  @discardableResult
  package mutating func update(_ partition: PartitionKey, _ change: (inout PartitionEntry) -> Void) -> Bool {
    guard let position = entries.declaredPosition(of: partition) else { return false }
    highest = Self.update(&entries, position, floor, highest, change)
    return true
  }

  /// Changes the entry of a partition that is not declared now, and was in a space: an attempt that began then ends.
  package mutating func update(
    _ partition: PartitionKey, onceOf space: PartitionSpace, _ change: (inout PartitionEntry) -> Void
  ) {
    let family = PartitionFamily(space)
    if family == entries.family {
      guard let position = entries.position(of: partition) else { return }
      highest = Self.update(&entries, position, floor, highest, change)
    } else {
      var part = aside[family] ?? PartitionEntries(space: space)
      guard let position = part.position(of: partition) else { return }
      highest = Self.update(&part, position, floor, highest, change)
      if part.count > 0 { aside[family] = part }
    }
  }

  /// - Returns: the highest number by now.
  private static func update(
    _ entries: inout PartitionEntries, _ position: PartitionEntries.Position, _ floor: VersionNumber, _ highest: VersionNumber,
    _ change: (inout PartitionEntry) -> Void
  ) -> VersionNumber {
    var highest = highest
    entries.update(position) { entry in
      let before = raised(entry, to: floor)
      var after = before
      change(&after)
      // What is not touched stays as it is.
      if after != before { entry = after }
      highest = max(highest, after.allocated)
    }
    return highest
  }

  /// Every declared partition that was ever touched, in index order.
  package var touched: [(index: Int, entry: PartitionEntry)] {
    var all: [(index: Int, entry: PartitionEntry)] = []
    scan { index, entry in
      all.append((index, entry))
      return true
    }
    return all
  }

  /// A scan looks at no more than so many places.
  package var mostTouched: Int { entries.mostTouched }

  /// Looks at every declared partition that was ever touched, in index order, as long as the body says so.
  package func scan(_ body: (Int, PartitionEntry) throws -> Bool) rethrows {
    try entries.scan { try body($0, raised($1)) }
  }

  /// Every entry that is kept, in no order.
  package func forEachKept(_ body: (PartitionEntry) -> Void) {
    for part in parts { part.visit { body($1) } }
  }

  /// An entry as it counts: `floor` may have risen since it was written.
  private func raised(_ entry: PartitionEntry) -> PartitionEntry { Self.raised(entry, to: floor) }

  private static func raised(_ entry: PartitionEntry, to floor: VersionNumber) -> PartitionEntry {
    var entry = entry
    entry.allocated = max(entry.allocated, floor)
    return entry
  }
}

/// Ledgers with equal entries are equal, wherever these lie.
extension PartitionLedger: Hashable {
  package static func == (left: Self, right: Self) -> Bool {
    left.owner == right.owner && left.floor == right.floor && left.entries == right.entries && left.aside == right.aside
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(owner)
    hasher.combine(floor)
    hasher.combine(entries)
    hasher.combine(aside)
  }
}

// MARK: Snapshots

extension PartitionLedger {
  /// What is remembered of the present family, and of those that the asset had before, in an order of their own.
  package var parts: [PartitionEntries] { [entries] + aside.values.sorted { PartitionFamily.precedes($0.family, $1.family) } }

  /// Puts an entry back where it was, from a snapshot.
  ///
  /// - Parameter space: of another family, for one that lies aside.
  package mutating func restore(_ entry: PartitionEntry, at position: PartitionEntries.Position, in space: PartitionSpace? = nil)
  {
    highest = max(highest, entry.allocated)
    guard let space, PartitionFamily(space) != entries.family else { return entries.update(position) { $0 = entry } }
    aside[PartitionFamily(space), default: PartitionEntries(space: space)].update(position) { $0 = entry }
  }
}

// MARK: Changed definitions

extension PartitionLedger {
  /// What another space makes of a ledger, worked out before it is in force.
  package struct Renumbered: Sendable {
    fileprivate let before: PartitionLedger
    fileprivate let after: PartitionLedger
  }

  /// Works out what another space makes of the ledger; nil where the loop that decides may do it as well.
  package func renumbered(for other: PartitionSpace) -> Renumbered? {
    let family = PartitionFamily(other)
    guard let known = family == entries.family ? entries : aside[family], known.isSlow(to: other) else { return nil }
    var after = self
    after.adopt(other)
    return Renumbered(before: self, after: after)
  }

  /// Declares other partitions: what is promoted of one that has the same key and means the same stays so, and what is not declared for
  /// now is kept.
  ///
  /// - Parameter prepared: what that makes of an earlier state of this ledger.
  package mutating func adopt(_ other: PartitionSpace, _ prepared: Renumbered? = nil) {
    if let prepared, prepared.before.generation == generation, prepared.after.space == other { return adopt(prepared) }
    generation += 1
    let family = PartitionFamily(other)
    if family != entries.family {
      let next = aside.removeValue(forKey: family) ?? PartitionEntries(space: other)
      if entries.count > 0 { aside[entries.family] = entries }
      entries = next
      // A key may be that of another partition by now, whose versions have numbers.
      floor = max(floor, highest)
    }
    entries.declare(other)
  }

  /// Takes over what was prepared, and what has come since.
  private mutating func adopt(_ prepared: Renumbered) {
    let now = self
    self = prepared.after
    owner = now.owner
    highest = max(highest, now.highest)
    if entries.family == now.entries.family {
      entries.take(now.entries, since: prepared.before.entries)
    } else {
      floor = max(floor, highest)
      if now.entries.count > 0 { aside[now.entries.family] = now.entries }
    }
  }
}
