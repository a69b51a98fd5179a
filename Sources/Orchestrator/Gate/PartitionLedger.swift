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
package struct PartitionLedger: Sendable {
  /// The space that the indexes count.
  package private(set) var space: PartitionSpace
  /// The location that owned the asset last.
  package var owner: LocationName
  private var chunks: [Int: [PartitionEntry]] = [:]
  /// An index and this are a place in the chunks: windows of time that begin earlier or later leave their entries where they are.
  private var shift = 0
  /// Numbers at or below it were given to partitions that a later definition dropped.
  package private(set) var floor: VersionNumber = 0

  /// Entries of one chunk.
  package static let chunk = 32

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
    let place = index + shift
    return chunks[place >> Self.bits].map { raised($0[place & Self.mask]) } ?? blank
  }

  /// How many partitions were ever touched, and are declared.
  package private(set) var count = 0

  /// Changes an entry; a partition that the space does not declare has none, and the change is lost.
  package mutating func update(_ partition: PartitionKey, _ change: (inout PartitionEntry) -> Void) {
    guard let index = space.index(of: partition) else { return }
    self.change(index, change)
  }

  private mutating func change(_ index: Int, _ change: (inout PartitionEntry) -> Void) {
    let place = index + shift
    if let found = chunks.index(forKey: place >> Self.bits) {
      var entry = raised(chunks.values[found][place & Self.mask])
      change(&entry)
      if chunks.values[found][place & Self.mask] == entry { return }
      count += (entry == blank ? 0 : 1) - (raised(chunks.values[found][place & Self.mask]) == blank ? 0 : 1)
      chunks.values[found][place & Self.mask] = entry
      return
    }
    var entry = blank
    change(&entry)
    // A chunk in which nothing was touched is none.
    guard entry != blank else { return }
    count += 1
    var entries = Array(repeating: blank, count: Self.chunk)
    entries[place & Self.mask] = entry
    chunks[place >> Self.bits] = entries
  }

  private static let bits = chunk.trailingZeroBitCount
  private static let mask = chunk - 1

  /// Every partition that was ever touched, in index order.
  package var touched: [(index: Int, entry: PartitionEntry)] {
    chunks.sorted { $0.key < $1.key }.flatMap { touched(in: $0.value, $0.key) }
  }

  /// A scan looks at no more than so many places.
  package var mostTouched: Int { chunks.count * Self.chunk }  // No overflow: all of them are in memory.

  /// Looks at every partition that was ever touched, in index order, as long as the body says so.
  package func scan(_ body: (Int, PartitionEntry) throws -> Bool) rethrows {
    for number in chunks.keys.sorted() {
      for (index, entry) in touched(in: chunks[number] ?? [], number) {
        guard try body(index, entry) else { return }
      }
    }
  }

  private func touched(in entries: [PartitionEntry], _ number: Int) -> [(index: Int, entry: PartitionEntry)] {
    let blank = blank
    return entries.enumerated().lazy.map { (number * Self.chunk + $0.offset - shift, raised($0.element)) }.filter {
      $0.1 != blank
    }
  }

  private var blank: PartitionEntry {
    var entry = PartitionEntry()
    entry.allocated = floor
    return entry
  }

  /// An entry as it counts: `floor` may have risen since it was written.
  private func raised(_ entry: PartitionEntry) -> PartitionEntry {
    var entry = entry
    entry.allocated = max(entry.allocated, floor)
    return entry
  }
}

/// Ledgers with equal entries are equal, wherever these lie.
extension PartitionLedger: Hashable {
  package static func == (left: Self, right: Self) -> Bool {
    left.owner == right.owner && left.floor == right.floor && left.space == right.space
      && left.touched.elementsEqual(right.touched, by: ==)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(space)
    hasher.combine(owner)
    hasher.combine(floor)
    for (index, entry) in touched {
      hasher.combine(index)
      hasher.combine(entry)
    }
  }
}

// MARK: Changed definitions

extension PartitionLedger {
  /// What another space makes of a ledger, worked out before it is in force.
  ///
  /// A chunk that has changed in between is taken over once more, entry by entry; the others are as they were.
  package struct Renumbered: Sendable {
    fileprivate let before: PartitionLedger
    fileprivate let after: PartitionLedger
    /// Those that the other space does not declare, by the indexes of the one before.
    fileprivate let gone: [(index: Int, entry: PartitionEntry)]
  }

  /// Works out what another space makes of the ledger; nil where the loop that decides may do it as well.
  package func renumbered(for other: PartitionSpace) -> Renumbered? {
    guard !chunks.isEmpty, Self.distance(from: space, to: other) == nil else { return nil }
    var after = self
    let gone = after.take(other, nil)
    return Renumbered(before: self, after: after, gone: gone)
  }

  /// Re-indexes the ledger for a changed definition, matching partitions by key.
  ///
  /// - Parameter prepared: what that makes of an earlier state of this ledger, with the same space.
  /// - Returns: the entries of partitions that the definition dropped.
  @discardableResult
  package mutating func adopt(_ other: PartitionSpace, _ prepared: Renumbered? = nil) -> [PartitionEntry] {
    if let distance = Self.distance(from: space, to: other) {
      space = other
      return move(by: distance)
    }
    return take(other, prepared).map(\.entry)
  }

  private mutating func take(_ other: PartitionSpace, _ prepared: Renumbered?) -> [(index: Int, entry: PartitionEntry)] {
    let known = prepared.flatMap { prepared in
      changes(since: prepared.before).map {
        (after: prepared.after, changed: $0.entries, numbers: $0.chunks, gone: prepared.gone)
      }
    }
    let old = self
    var gone =
      known.map { known in
        known.gone.filter { !known.numbers.contains(($0.index + shift) >> Self.bits) }
      } ?? []
    self = known?.after ?? PartitionLedger(space: other, owner: owner)
    (owner, space) = (old.owner, other)
    var highest = max(floor, old.floor)
    var kept: [(index: Int, entry: PartitionEntry)] = []
    for (index, entry) in known?.changed ?? old.touched {
      if let target = other.index(of: old.space.key(at: index)) {
        kept.append((target, entry))
      } else {
        highest = max(highest, entry.allocated)
        gone.append((index, entry))
      }
    }
    raise(to: highest)
    for (index, entry) in kept {
      let entry = raised(entry)
      change(index) { $0 = entry }
    }
    return gone
  }

  /// The entries of chunks that are not those of an earlier state.
  ///
  /// - Returns: nil where that state is not an earlier one of this ledger: another definition was in force in between.
  private func changes(
    since before: PartitionLedger
  ) -> (entries: [(index: Int, entry: PartitionEntry)], chunks: Set<Int>)? {
    guard shift == before.shift, floor == before.floor else { return nil }
    var common = 0
    var changed: [(index: Int, entry: PartitionEntry)] = []
    var numbers: Set<Int> = []
    for (number, entries) in chunks {
      if let earlier = before.chunks[number] {
        common += 1
        // Both are held: where they lie in one place, they are the same.
        let isSame = entries.withUnsafeBufferPointer { now in
          earlier.withUnsafeBufferPointer { now.baseAddress == $0.baseAddress }
        }
        if isSame { continue }
        // What was touched stays so.
        guard zip(entries, earlier).allSatisfy({ raised($0) != blank || raised($1) == blank }) else { return nil }
      }
      changed += touched(in: entries, number)
      numbers.insert(number)
    }
    return common == before.chunks.count ? (changed, numbers) : nil
  }

  /// What is to be added to an index of one space so that it is the same key's in another; nil where keys must be compared.
  ///
  /// Only partitions whose keys can be read back are ever touched, and these name instants.
  private static func distance(from old: PartitionSpace, to new: PartitionSpace) -> Int? {
    switch (old, new) {
    case (.daily(let old), .daily(let new)): return old.first.daysSince1970 - new.first.daysSince1970
    case (.hourly(let old), .hourly(let new)):
      let (minutes, hours) = (Int64(60_000_000), Int64(3_600_000_000))
      // A manifest may have windows begin at any instant.
      let (distance, overflow) = old.start.microseconds.subtractingReportingOverflow(new.start.microseconds)
      guard !overflow, old.zone == new.zone, old.start.microseconds % minutes == 0, distance % hours == 0 else { return nil }
      return Int(distance / hours)
    default: return nil
    }
  }

  /// Counts entries anew, and drops those that the space does not declare any more.
  private mutating func move(by distance: Int) -> [PartitionEntry] {
    var gone: [PartitionEntry] = []
    shift -= distance
    let places = shift..<(Self.end(of: space).map { $0 + shift } ?? .max)
    var highest = floor
    for (number, entries) in chunks {
      let first = number * Self.chunk
      guard first < places.lowerBound || first + Self.chunk > places.upperBound else { continue }
      var rest = entries
      for place in entries.indices where !places.contains(first + place) {
        if raised(entries[place]) != blank {
          highest = max(highest, entries[place].allocated)
          gone.append(entries[place])
          count -= 1
        }
        rest[place] = blank
      }
      chunks[number] = rest.allSatisfy { raised($0) == blank } ? nil : rest
    }
    raise(to: highest)
    return gone
  }

  /// Entries of which nothing is known but a lower number are as if they had never been touched.
  private mutating func raise(to number: VersionNumber) {
    guard number > floor else { return }
    floor = number
    count = chunks.values.reduce(0) { count, entries in count + entries.count { raised($0) != blank } }
  }

  /// How many partitions a space of windows ever has; nil where it has no end.
  private static func end(of space: PartitionSpace) -> Int? {
    switch space {
    case .daily(let windows): windows.last.map { $0.daysSince1970 - windows.first.daysSince1970 + 1 }
    case .hourly(let windows): windows.limit
    case .single, .keys: nil
    }
  }
}
