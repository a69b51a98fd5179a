// SPDX-License-Identifier: Apache-2.0

/// A set of partition indexes, held as sorted, disjoint, non-adjacent ranges.
///
/// Its size in memory grows with the number of ranges, not of partitions: a million hours in a row are one range.
public struct PartitionSet: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// Sorted, disjoint, non-empty, and no two touch.
  public private(set) var ranges: [Range<Int>]

  public init() { ranges = [] }
  public init(_ range: Range<Int>) { ranges = range.isEmpty ? [] : [range] }
  public init(_ index: Int) { ranges = [index..<(index + 1)] }
  public init(arrayLiteral indexes: Int...) { self.init(indexes: indexes) }

  /// Builds the set of the given indexes, in any order and with repeats.
  public init(indexes: some Sequence<Int>) {
    ranges = []
    for index in indexes.sorted() { appendInOrder(index..<(index + 1)) }
  }

  /// Builds the union of the given ranges, in any order and overlapping.
  public init(ranges unordered: some Sequence<Range<Int>>) {
    ranges = []
    for range in unordered.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty { appendInOrder(range) }
  }

  public var isEmpty: Bool { ranges.isEmpty }
  public var count: Int { ranges.reduce(0) { $0 + $1.count } }
  public var first: Int? { ranges.first?.lowerBound }
  public var last: Int? { ranges.last.map { $0.upperBound - 1 } }

  /// Whether an index is a member; its cost is the logarithm of the number of ranges.
  public func contains(_ index: Int) -> Bool { position(of: index) != nil }

  /// The rank of an index among the members in ascending order, or nil when it is no member.
  public func rank(of index: Int) -> Int? {
    guard let position = position(of: index) else { return nil }
    return ranges[..<position].reduce(0) { $0 + $1.count } + index - ranges[position].lowerBound
  }

  /// The indexes that are in either set.
  public func union(_ other: PartitionSet) -> PartitionSet { PartitionSet(ranges: ranges + other.ranges) }

  /// The indexes that are in both sets.
  public func intersection(_ other: PartitionSet) -> PartitionSet {
    var result = PartitionSet()
    var left = ranges[...]
    var right = other.ranges[...]
    while let a = left.first, let b = right.first {
      result.appendInOrder(a.clamped(to: b))
      if a.upperBound < b.upperBound { left.removeFirst() } else { right.removeFirst() }
    }
    return result
  }

  /// Each index moved by as much; those that would be negative are left out.
  func shifted(by offset: Int) -> PartitionSet {
    guard offset != 0 else { return self }
    return PartitionSet(ranges: ranges.map { Swift.max(0, $0.lowerBound + offset)..<Swift.max(0, $0.upperBound + offset) })
  }

  /// The indexes of this set that are not in the other.
  public func subtracting(_ other: PartitionSet) -> PartitionSet {
    var result = PartitionSet()
    var holes = other.ranges[...]
    for range in ranges {
      var start = range.lowerBound
      while let hole = holes.first, hole.upperBound <= start { holes.removeFirst() }
      for hole in holes {
        if hole.lowerBound >= range.upperBound { break }
        if hole.lowerBound > start { result.appendInOrder(start..<hole.lowerBound) }
        start = Swift.max(start, hole.upperBound)
      }
      if start < range.upperBound { result.appendInOrder(start..<range.upperBound) }
    }
    return result
  }

  /// Adds an index; at the end of the set this costs nothing.
  public mutating func insert(_ index: Int) {
    if let last = ranges.last, index >= last.upperBound { return appendInOrder(index..<(index + 1)) }
    if !contains(index) { self = union(PartitionSet(index)) }
  }

  private func position(of index: Int) -> Int? {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= index { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(index) ? low : nil
  }

  private mutating func appendInOrder(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    if let last = ranges.last, range.lowerBound <= last.upperBound {
      ranges[ranges.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
    } else {
      ranges.append(range)
    }
  }
}

extension PartitionSet: Sequence {
  /// The members in ascending order.
  public struct Iterator: IteratorProtocol {
    private var ranges: ArraySlice<Range<Int>>
    private var upcoming: Int

    init(_ ranges: [Range<Int>]) {
      self.ranges = ranges[...]
      upcoming = ranges.first?.lowerBound ?? 0
    }

    public mutating func next() -> Int? {
      guard let range = ranges.first else { return nil }
      defer { advance(in: range) }
      return upcoming
    }

    private mutating func advance(in range: Range<Int>) {
      upcoming += 1
      guard upcoming == range.upperBound else { return }
      ranges.removeFirst()
      upcoming = ranges.first?.lowerBound ?? 0
    }
  }

  public func makeIterator() -> Iterator { Iterator(ranges) }
  public var underestimatedCount: Int { count }
}

extension PartitionSet: Codable {
  private enum Field: String, CodingKey { case ranges }

  /// Reads ranges in any order, so that what a peer wrote carelessly is a set all the same.
  public init(from decoder: any Decoder) throws {
    self.init(ranges: try decoder.container(keyedBy: Field.self).decode([Range<Int>].self, forKey: .ranges))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(ranges, forKey: .ranges)
  }
}
