// SPDX-License-Identifier: Apache-2.0

import AssetModel
import TestSupport
import Testing

@Suite struct PartitionSetTests {
  @Test("A million partitions in a row are one range")
  func isCompact() {
    let set = PartitionSet(0..<1_000_000)
    #expect(set.ranges == [0..<1_000_000])
    #expect(set.count == 1_000_000)
  }

  @Test("Indexes in any order and with repeats become sorted ranges that do not touch")
  func normalizesIndexes() {
    #expect(PartitionSet(indexes: [5, 1, 2, 5, 0, 7]).ranges == [0..<3, 5..<6, 7..<8])
    let literal: PartitionSet = [3, 1, 2]
    #expect(literal.ranges == [1..<4])
  }

  @Test("Overlapping, touching and empty ranges become sorted ranges that do not touch")
  func normalizesRanges() {
    #expect(PartitionSet(ranges: [8..<9, 0..<3, 2..<5, 5..<6, 7..<7]).ranges == [0..<6, 8..<9])
    #expect(PartitionSet(4..<4).isEmpty)
  }

  @Test("A rank counts the members below")
  func ranks() {
    let set = PartitionSet(ranges: [2..<4, 10..<12])
    #expect([2, 3, 10, 11].map { set.rank(of: $0) } == [0, 1, 2, 3])
    #expect(set.rank(of: 4) == nil)
    #expect(set.rank(of: 12) == nil)
  }

  @Test("The ends of a set are its first and last member")
  func ends() {
    #expect(PartitionSet(ranges: [2..<4, 10..<12]).first == 2)
    #expect(PartitionSet(ranges: [2..<4, 10..<12]).last == 11)
    #expect(PartitionSet().first == nil)
    #expect(PartitionSet().last == nil)
  }

  @Test("What a careless peer wrote in disorder is read as the same set")
  func decodesCarelessRanges() throws {
    let set = PartitionSet(ranges: [0..<6, 8..<9])
    #expect(try throughJSON(set) == set)
    struct Careless: Codable { let ranges: [Range<Int>] }
    let careless = try decode(PartitionSet.self, from: Careless(ranges: [8..<9, 3..<6, 0..<4, 2..<2]))
    #expect(careless == set)
  }

  @Test("The algebra agrees with that of a plain set of integers, on random sets")
  func agreesWithSetOfInt() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SplitMix(seed: seed)
    for round in 0..<2_000 {
      let (left, right) = (Self.indexes(&random), Self.indexes(&random))
      let (a, b) = (PartitionSet(indexes: left), PartitionSet(indexes: right))
      let probe = Int.random(in: -2..<42, using: &random)
      var inserted = a
      inserted.insert(probe)
      let agrees =
        Array(a) == left.sorted() && a.count == left.count && a.contains(probe) == left.contains(probe)
        && Array(a.union(b)) == left.union(right).sorted()
        && Array(a.intersection(b)) == left.intersection(right).sorted()
        && Array(a.subtracting(b)) == left.subtracting(right).sorted()
        && Array(inserted) == left.union([probe]).sorted()
        && a.rank(of: probe) == (left.contains(probe) ? left.count { $0 < probe } : nil)
        && [a, a.union(b), a.intersection(b), a.subtracting(b), inserted].allSatisfy(Self.isNormal)
      #expect(agrees, "seed \(seed), round \(round): \(left.sorted()) and \(right.sorted()), \(probe)")
      if !agrees { return }
    }
  }

  private static func indexes(_ random: inout SplitMix) -> Set<Int> {
    Set((0..<Int.random(in: 0..<40, using: &random)).map { _ in Int.random(in: 0..<40, using: &random) })
  }

  /// Sorted, disjoint, non-empty, and no two touch.
  private static func isNormal(_ set: PartitionSet) -> Bool {
    set.ranges.allSatisfy { !$0.isEmpty } && zip(set.ranges, set.ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }
  }
}
