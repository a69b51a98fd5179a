// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Partition spaces of which one key means the same: days of one zone, hours of one zone, static keys, or the only partition.
package enum PartitionFamily: Hashable, Sendable {
  case single, keys
  case daily(Zone)
  /// With the microseconds by which its windows begin after a whole hour of UTC.
  case hourly(Zone, phase: Int64)

  package init(_ space: PartitionSpace) {
    switch space {
    case .single: self = .single
    case .keys: self = .keys
    case .daily(let windows): self = .daily(windows.zone)
    case .hourly(let windows):
      self = .hourly(windows.zone, phase: windows.start.microseconds.quotientAndFloor(dividingBy: hour).1)
    }
  }

  /// Whether it comes first where they are listed.
  static func precedes(_ left: Self, _ right: Self) -> Bool { left.order < right.order }

  private var order: (Int, String, Int64) {
    switch self {
    case .single: (0, "", 0)
    case .keys: (1, "", 0)
    case .daily(let zone): (2, zone.description, 0)
    case .hourly(let zone, let phase): (3, zone.description, phase)
    }
  }
}

private let hour: Int64 = 3_600_000_000

/// What is remembered of partitions of one family, also of those that are not declared any more.
///
/// Entries lie in chunks, by places that no declaration moves: days or hours since 1970. So windows that begin earlier or later, or end,
/// leave them where they are. Of static keys the places are their indexes, and those that are not declared lie by key.
package struct PartitionEntries: Sendable {
  package private(set) var space: PartitionSpace
  package let family: PartitionFamily
  private var chunks: [Int: [PartitionEntry]] = [:]
  private var undeclared: [PartitionKey: PartitionEntry] = [:]
  /// How often one of them was changed.
  private var undeclaredChanges = 0
  /// How many partitions were ever touched.
  package private(set) var count = 0
  /// How many of them are declared.
  package private(set) var declaredCount = 0
  /// The places of the partitions that are declared.
  private var declared: Range<Int>

  /// Entries of one chunk.
  package static let chunk = 32
  private static let bits = chunk.trailingZeroBitCount
  private static let mask = chunk - 1

  package init(space: PartitionSpace) {
    self.space = space
    family = PartitionFamily(space)
    declared = Self.places(of: space)
  }

  /// A partition where it is remembered.
  package enum Position: Hashable, Sendable {
    case place(Int)
    case key(PartitionKey)
  }

  // MARK: Looking

  /// What is remembered of a declared partition; nil where it was never touched, though others near it may have been.
  subscript(index index: Int) -> PartitionEntry? {
    let place = index &+ declared.lowerBound
    return chunks[place >> Self.bits].map { $0[place & Self.mask] }
  }

  /// A scan looks at no more than so many places.
  package var mostTouched: Int { chunks.count * Self.chunk }  // No overflow: all of them are in memory.

  /// Every declared partition that was ever touched, by index, in their order, as long as the body says so.
  package func scan(_ body: (Int, PartitionEntry) throws -> Bool) rethrows {
    for number in chunks.keys.sorted() where overlapsDeclared(number) {
      for (offset, entry) in (chunks[number] ?? []).enumerated() where entry != PartitionEntry() {
        let place = number << Self.bits + offset
        guard declared.contains(place) else { continue }
        guard try body(place - declared.lowerBound, entry) else { return }
      }
    }
  }

  /// Everything that is remembered, in no order.
  package func visit(_ body: (Position, PartitionEntry) throws -> Void) rethrows {
    for (number, entries) in chunks {
      for (offset, entry) in entries.enumerated() where entry != PartitionEntry() {
        try body(.place(number << Self.bits + offset), entry)
      }
    }
    for (key, entry) in undeclared { try body(.key(key), entry) }
  }

  /// The place of a declared partition; nil where the index is none's.
  package func place(at index: Int) -> Int? {
    let place = declared.lowerBound &+ index
    return declared.contains(place) ? place : nil
  }

  /// The index of a place among the declared partitions; nil where it is not declared.
  package func index(ofPlace place: Int) -> Int? { declared.contains(place) ? place - declared.lowerBound : nil }

  private func overlapsDeclared(_ number: Int) -> Bool {
    let first = number << Self.bits
    return first < declared.upperBound && first + Self.mask >= declared.lowerBound
  }

  // MARK: Changing

  /// Changes what is remembered where it is.
  package mutating func update(_ position: Position, _ change: (inout PartitionEntry) -> Void) {
    switch position {
    case .place(let place): self.change(place, change)
    case .key(let key): self.change(key, change)
    }
  }

  func declaredPosition(of key: PartitionKey) -> Position? {
    space.index(of: key).map { .place($0 &+ declared.lowerBound) }
  }

  /// Where a partition is remembered, declared or not; nil for a key that is none of the family's.
  func position(of key: PartitionKey) -> Position? {
    if let position = declaredPosition(of: key) { return position }
    switch space {
    case .single: return nil
    case .keys: return .key(key)
    case .daily: return CivilDate(key.description).map { .place($0.daysSince1970) }
    case .hourly(let windows):
      // Hours of the same zone from long before any that a day can name.
      let (first, phase) = windows.start.microseconds.quotientAndFloor(dividingBy: hour)
      let start = Timestamp(microseconds: phase + Self.firstHour * hour)
      guard first >= Self.firstHour, let index = HourlyWindows(start: start, limit: nil, zone: windows.zone).index(of: key) else {
        return nil
      }
      return .place(Int(Self.firstHour) + index)
    }
  }

  /// Of the year 1, and a day before it.
  private static let firstHour: Int64 = -17_259_912

  private mutating func change(_ place: Int, _ change: (inout PartitionEntry) -> Void) {
    if let found = chunks.index(forKey: place >> Self.bits) {
      let before = chunks.values[found][place & Self.mask]
      var entry = before
      change(&entry)
      if entry == before { return }
      chunks.values[found][place & Self.mask] = entry
      note(place, before, entry)
      return
    }
    var entry = PartitionEntry()
    change(&entry)
    // A chunk in which nothing was touched is none.
    guard entry != PartitionEntry() else { return }
    var entries = Array(repeating: PartitionEntry(), count: Self.chunk)
    entries[place & Self.mask] = entry
    chunks[place >> Self.bits] = entries
    note(place, PartitionEntry(), entry)
  }

  private mutating func note(_ place: Int, _ before: PartitionEntry, _ after: PartitionEntry) {
    let more = (after == PartitionEntry() ? 0 : 1) - (before == PartitionEntry() ? 0 : 1)
    guard more != 0 else { return }
    count += more
    if declared.contains(place) { declaredCount += more }
  }

  private mutating func change(_ key: PartitionKey, _ change: (inout PartitionEntry) -> Void) {
    let before = undeclared[key] ?? PartitionEntry()
    var entry = before
    change(&entry)
    guard entry != before else { return }
    undeclaredChanges += 1
    count += (entry == PartitionEntry() ? 0 : 1) - (before == PartitionEntry() ? 0 : 1)
    undeclared[key] = entry == PartitionEntry() ? nil : entry
  }

  // MARK: Other declarations

  /// Whether declaring other partitions takes long: each key that was touched is looked for.
  func isSlow(to other: PartitionSpace) -> Bool {
    if case .keys = other { count > 0 } else { false }
  }

  /// Declares other partitions of the same family.
  mutating func declare(_ other: PartitionSpace) {
    guard other != space else { return }
    let before = self
    (space, declared) = (other, Self.places(of: other))
    if case .keys = other {
      (chunks, undeclared, count, declaredCount) = ([:], [:], 0, 0)
      before.forEachKey { key, entry in put(entry, as: key) }
      return
    }
    declaredCount = count
    for (number, entries) in chunks {
      let first = number << Self.bits
      if declared.contains(first), declared.contains(first + Self.mask) { continue }
      declaredCount -= entries.enumerated().count { $1 != PartitionEntry() && !declared.contains(first + $0) }
    }
  }

  /// Everything that is remembered, of static keys.
  private func forEachKey(_ body: (PartitionKey, PartitionEntry) -> Void) {
    visit { position, entry in
      switch position {
      case .place(let place): body(space.key(at: place), entry)
      case .key(let key): body(key, entry)
      }
    }
  }

  private mutating func put(_ entry: PartitionEntry, as key: PartitionKey) {
    update(space.index(of: key).map { .place($0) } ?? .key(key)) { $0 = entry }
  }

  /// Takes what static keys have come to since an earlier state of theirs under another declaration, of which this was made.
  mutating func take(_ now: PartitionEntries, since before: PartitionEntries) {
    for (number, entries) in now.chunks {
      // Both are held: where they lie in one place, they are the same.
      let isSame =
        before.chunks[number].map { earlier in
          entries.withUnsafeBufferPointer { now in earlier.withUnsafeBufferPointer { now.baseAddress == $0.baseAddress } }
        } ?? false
      if isSame { continue }
      for (offset, entry) in entries.enumerated() where entry != PartitionEntry() {
        put(entry, as: now.space.key(at: number << Self.bits + offset))
      }
    }
    guard now.undeclaredChanges != before.undeclaredChanges else { return }
    for (key, entry) in now.undeclared where before.undeclared[key] != entry { put(entry, as: key) }
  }

  private static func places(of space: PartitionSpace) -> Range<Int> {
    let (first, count): (Int, Int?) =
      switch space {
      case .single: (0, 1)
      case .keys(let keys): (0, keys.all.count)
      case .daily(let windows):
        (windows.first.daysSince1970, windows.last.map { $0.daysSince1970 - windows.first.daysSince1970 + 1 })
      case .hourly(let windows): (Int(windows.start.microseconds.quotientAndFloor(dividingBy: hour).0), windows.limit)
      }
    let (end, overflow) = first.addingReportingOverflow(count ?? .max)
    return first..<max(first, overflow ? .max : end)
  }
}

/// Equal entries are equal, wherever they lie in memory.
extension PartitionEntries: Hashable {
  package static func == (left: Self, right: Self) -> Bool {
    left.space == right.space && left.count == right.count && left.undeclared == right.undeclared
      && left.touchedChunks == right.touchedChunks
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(space)
    hasher.combine(count)
    hasher.combine(undeclared)
    hasher.combine(touchedChunks)
  }

  private var touchedChunks: [Int: [PartitionEntry]] {
    chunks.filter { $0.value.contains { $0 != PartitionEntry() } }
  }
}
