// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A fixed list of partition keys, in the order in which the team wrote them.
public struct StaticKeys: Hashable, Sendable, Codable {
  /// Unique, non-empty and at most ``Limits/staticPartitions``.
  public let all: [PartitionKey]
  private let indexes: [PartitionKey: Int]
  /// Bytes of all keys.
  package let bytes: Int
  /// Other keys have another one, in this process.
  package let fingerprint: Int

  /// Checks a list of keys.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedPartitionSpace`` for an empty list, a repeat, or a key
  ///   that is empty, too long, not in Unicode's composed form (NFC) or a reserved word (`all`, `latest`), begins with `.`, or contains
  ///   `,`, `/`, `..` or a control character.
  public init(_ keys: [String]) throws(ModelError) {
    for key in keys.prefix(Limits.staticPartitions) {
      if let problem = Self.problem(in: key) {
        throw ModelError(.malformedPartitionSpace, "partition key '\(key.quoted)' \(problem)")
      }
    }
    try self.init(stored: keys)
  }

  /// A list that was checked before it was stored, maybe by the rules of an earlier release, which let other keys pass.
  ///
  /// - Throws: as ``init(_:)`` does, for an empty list and a repeat alone.
  package init(stored keys: [String]) throws(ModelError) {
    guard !keys.isEmpty, keys.count <= Limits.staticPartitions else {
      throw ModelError(.malformedPartitionSpace, "static partitions need 1 to \(Limits.staticPartitions) keys, not \(keys.count)")
    }
    var indexes: [PartitionKey: Int] = [:]
    for (index, key) in keys.enumerated() {
      if indexes.updateValue(index, forKey: PartitionKey(key)) != nil {
        throw ModelError(.malformedPartitionSpace, "partition key '\(key.quoted)' appears twice")
      }
    }
    all = keys.map { PartitionKey($0) }
    self.indexes = indexes
    bytes = keys.reduce(0) { $0 + $1.utf8.count }
    var hasher = Hasher()
    hasher.combine(all)
    fingerprint = hasher.finalize()
  }

  /// The place of a key in the list, or nil where it is not there.
  public func index(of key: PartitionKey) -> Int? { indexes[key] }

  /// Whether both are copies of one list.
  func isStored(with other: StaticKeys) -> Bool {
    all.count == other.all.count
      && all.withUnsafeBufferPointer { mine in other.all.withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress } }
  }

  public init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode([String].self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(all)
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.fingerprint == right.fingerprint && left.all == right.all
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }

  private static func problem(in key: String) -> String? {
    if key.isEmpty { return "is empty" }
    if key.utf8.count > Limits.partitionKeyLength { return "is longer than \(Limits.partitionKeyLength) bytes" }
    if let meaning = PartitionText.meaning(ofWord: key) {
      return "is a reserved word: where partitions are named it stands for \(meaning)"
    }
    // By their bytes, as they are read: a mark behind one of these makes another character of it.
    let (bytes, dot) = (Array(key.utf8), UInt8(ascii: "."))
    if bytes.contains(UInt8(ascii: ",")) || bytes.contains(UInt8(ascii: "/")) || bytes.first == dot
      || zip(bytes, bytes.dropFirst()).contains(where: { $0 == (dot, dot) })
    {
      return "contains ',', '..' or '/', or begins with '.'"
    }
    if key.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) { return "contains a control character" }
    // Two spellings of one text are one key here, and two for files and tables, which compare bytes.
    guard bytes.allSatisfy({ $0 < 0x80 }) || key.precomposedStringWithCanonicalMapping.utf8.elementsEqual(bytes) else {
      return "is not in Unicode's composed form (NFC): normalize it"
    }
    return nil
  }
}
