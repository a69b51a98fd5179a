// SPDX-License-Identifier: Apache-2.0

/// Every partition that an asset declares, as arithmetic between dense indexes (0, 1, 2, …) and partition keys.
///
/// A window of time is a partition once it has ended; the one that is open is only where the asset asks for it (semantics 12).
/// A space is valid by construction. Index and key of a partition never change while the definition stands; a space of
/// time windows without an end only grows.
public enum PartitionSpace: Hashable, Sendable, Codable {
  /// Unpartitioned: one partition, whose key is empty.
  case single
  case keys(StaticKeys)
  case daily(DailyWindows)
  case hourly(HourlyWindows)

  /// How many partitions exist at an instant.
  public func count(at now: Timestamp) -> Int {
    switch self {
    case .single: 1
    case .keys(let keys): keys.all.count
    case .daily(let windows): windows.count(at: now)
    case .hourly(let windows): windows.count(at: now)
    }
  }

  /// The key of a partition.
  ///
  /// - Precondition: `index` is at least 0, and within the space where that has an end.
  public func key(at index: Int) -> PartitionKey {
    switch self {
    case .single: .only
    case .keys(let keys): keys.all[index]
    case .daily(let windows): windows.key(at: index)
    case .hourly(let windows): windows.key(at: index)
    }
  }

  /// The index of a key, or nil when the space declares no such partition. Time windows need not exist yet.
  public func index(of key: PartitionKey) -> Int? {
    switch self {
    case .single: key == .only ? 0 : nil
    case .keys(let keys): keys.index(of: key)
    case .daily(let windows): windows.index(of: key)
    case .hourly(let windows): windows.index(of: key)
    }
  }

  /// A key as the space writes it, where it has it: Swift compares text by what it means, stores and files by its bytes.
  package func declared(_ key: PartitionKey) -> PartitionKey { index(of: key).map { self.key(at: $0) } ?? key }

  /// The newest partition that exists at an instant, or nil where none does: the last window, the last static key, the only partition.
  public func latest(at now: Timestamp) -> Int? {
    let count = count(at: now)
    return count > 0 ? count - 1 : nil
  }

  /// The span of time that a partition covers, or nil where partitions are not windows of time.
  public func window(at index: Int) -> Range<Timestamp>? {
    switch self {
    case .single, .keys: nil
    case .daily(let windows): windows.window(at: index)
    case .hourly(let windows): windows.window(at: index)
    }
  }

  public var isPartitioned: Bool { self != .single }

  /// Whether partitions of both spaces with one key mean the same thing, so that *identity* may map between them.
  ///
  /// Static keys compare by name; daily windows and hourly windows must agree in time zone. Ranges may differ: a partition that
  /// the other side lacks is *required but does not exist* (semantics 12).
  public func isComparable(with other: PartitionSpace) -> Bool {
    switch (self, other) {
    case (.single, .single), (.keys, .keys): true
    case (.daily(let left), .daily(let right)): left.zone == right.zone
    case (.hourly(let left), .hourly(let right)): left.zone == right.zone
    default: false
    }
  }

  /// Maps an index of this space to the index of the same key in a comparable one; nil when that one has no such partition.
  public func translate(_ index: Int, to other: PartitionSpace) -> Int? {
    switch (self, other) {
    case (.single, .single): index
    case (.keys(let left), .keys(let right)): right.index(of: left.all[index])
    case (.daily(let left), .daily(let right)): right.checked(index + left.first.daysSince1970 - right.first.daysSince1970)
    case (.hourly(let left), .hourly(let right)): right.index(startingAt: left.window(at: index).lowerBound)
    default: self == other ? index : other.index(of: key(at: index))
    }
  }

  /// Maps indexes of this space to those of the same keys in a comparable one, without those that do not exist there at an instant.
  ///
  /// Its cost is the number of ranges, or of static keys.
  package func translate(_ set: PartitionSet, to other: PartitionSpace, at now: Timestamp) -> PartitionSet {
    if isPlainlySame(as: other) { return set }
    let existing = PartitionSet(0..<other.count(at: now))
    switch (self, other) {
    case (.single, .single): return set
    case (.daily(let left), .daily(let right)) where left.zone == right.zone:
      return set.shifted(by: left.first.daysSince1970 - right.first.daysSince1970).intersection(existing)
    case (.hourly(let left), .hourly(let right)) where left.zone == right.zone:
      let (hours, rest) = (left.start.seconds - right.start.seconds).quotientAndFloor(dividingBy: 3_600)
      return rest == 0 ? set.shifted(by: Int(hours)).intersection(existing) : []
    case (.keys(let left), .keys(let right)):
      return left == right ? set : PartitionSet(indexes: set.lazy.compactMap { translate($0, to: other) })
    default: return []
    }
  }

  /// The index of the same key in any other space, without spelling the key where that can be spared.
  package func index(_ index: Int, in other: PartitionSpace) -> Int? {
    isComparable(with: other) ? translate(index, to: other) : other.index(of: key(at: index))
  }

  /// Whether two spaces are one and the same, without looking at each key: it may say no of static keys that were read twice.
  package func isPlainlySame(as other: PartitionSpace) -> Bool {
    switch (self, other) {
    case (.keys(let left), .keys(let right)): left.isStored(with: right)
    default: self == other
    }
  }

  /// Parses what a person types: `a..b` (both ends included), `a,b,c`, or one key; `latest` is the newest partition that exists.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedPartition``, naming the part that is no partition.
  public func parse(_ text: String, at now: Timestamp) throws(ModelError) -> PartitionSet {
    try PartitionText(space: self, now: now).parse(text)
  }

  /// The same range syntax, written the shortest way.
  public func describe(_ set: PartitionSet) -> String {
    set.ranges.map { range in
      range.count == 1 ? "\(key(at: range.lowerBound))" : "\(key(at: range.lowerBound))..\(key(at: range.upperBound - 1))"
    }.joined(separator: ",")
  }

  private func ends(of count: Int) -> String { "from \(key(at: 0)) through \(key(at: count - 1))" }

  /// One line for people: how many partitions of what kind, and the ends.
  public func summary(at now: Timestamp) -> String {
    let count = count(at: now)
    switch self {
    case .single: return "the asset is not partitioned"
    case .keys(let keys):
      let shown = keys.all.prefix(5).map(\.description).joined(separator: ", ")
      return "its keys are \(shown)\(count > 5 ? ", … (\(count) in all)" : "")"
    case .daily(let windows):
      return count == 0 ? "no day has ended yet" : "days run \(ends(of: count)) (\(windows.zone))"
    case .hourly(let windows):
      return count == 0 ? "no hour has ended yet" : "hours run \(ends(of: count)) (\(windows.zone))"
    }
  }
}
