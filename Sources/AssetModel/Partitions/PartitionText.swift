// SPDX-License-Identifier: Apache-2.0

/// Reads what names partitions of one space at one instant.
///
/// In time that is linear in the text but for sorting: it splits bytes, since characters are compared in canonical form, and builds
/// the set once.
struct PartitionText {
  private let space: PartitionSpace
  private let now: Timestamp
  private let count: Int
  private let latest: Int?

  /// What a word stands for where a key may stand, so that no key may be that word; nil for any other.
  static func meaning(ofWord word: String) -> String? {
    switch word {
    case "all": "every partition"
    case "latest": "the last one"
    default: nil
    }
  }

  init(space: PartitionSpace, now: Timestamp) {
    self.space = space
    self.now = now
    count = space.count(at: now)
    latest = space.latest(at: now)
  }

  func parse(_ text: String) throws(ModelError) -> PartitionSet {
    var ranges: [Range<Int>] = []
    for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let dots = Self.dots(in: part) else {
        let index = try index(of: part)
        ranges.append(index..<(index + 1))
        continue
      }
      let low = try index(of: part[..<dots])
      let high = try index(of: part[dots...].dropFirst(2))
      guard low <= high else {
        throw ModelError(.malformedPartition, "partition range '\(Substring(part).quoted)' ends before it begins")
      }
      ranges.append(low..<(high + 1))
    }
    return PartitionSet(ranges: ranges)
  }

  /// Where `..` begins.
  private static func dots(in part: Substring.UTF8View) -> Substring.Index? {
    let dot = UInt8(ascii: ".")
    return zip(part.indices, zip(part, part.dropFirst())).first { $0.1 == (dot, dot) }?.0
  }

  private func index(of bytes: Substring.UTF8View) throws(ModelError) -> Int {
    let name = Substring(bytes)
    guard bytes.count <= Limits.partitionKeyLength else {
      throw ModelError(
        .malformedPartition, "partition '\(name.quoted)' has more than \(Limits.partitionKeyLength) bytes (partitionKeyLength)")
    }
    if name == "latest", let latest { return latest }
    guard let index = space.index(of: PartitionKey(name)) else {
      throw ModelError(.malformedPartition, "there is no partition '\(name.quoted)': \(space.summary(at: now))")
    }
    guard index < count else {
      let end = space.window(at: index).map { ": its window ends at \($0.upperBound)" } ?? ""
      throw ModelError(
        .malformedPartition,
        "there is no partition '\(name.quoted)' yet\(end) (an asset that is to have it before then says '.includingOpenWindow'); "
          + space.summary(at: now))
    }
    return index
  }
}
