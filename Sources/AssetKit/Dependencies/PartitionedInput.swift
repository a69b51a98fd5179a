// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// The values of many partitions, in partition order, each loaded when the iteration reaches it.
///
/// It can be iterated any number of times; nothing is kept. In a test, write it as a dictionary literal.
public struct PartitionedInput<Value: Sendable>: AsyncSequence, Sendable {
  public typealias Element = (partition: PartitionKey, value: Value)
  public typealias Failure = any Error

  /// The partitions, in order.
  public var partitions: [PartitionKey] { entries.map(\.partition) }
  public var count: Int { entries.count }

  private let entries: [(partition: PartitionKey, load: @Sendable () async throws -> Value)]

  package init(_ entries: [(PartitionKey, @Sendable () async throws -> Value)]) {
    self.entries = entries.map { (partition: $0.0, load: $0.1) }
  }

  /// Loads one partition; nil when it is not among ``partitions``.
  ///
  /// - Throws: when the version cannot be read or decoded.
  public func value(of partition: PartitionKey) async throws -> Value? {
    try await entries.first { $0.partition == partition }?.load()
  }

  public func makeAsyncIterator() -> Iterator { Iterator(remaining: entries[...]) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate var remaining: ArraySlice<(partition: PartitionKey, load: @Sendable () async throws -> Value)>

    /// Loads the next partition.
    ///
    /// - Throws: when the version cannot be read or decoded.
    public mutating func next() async throws -> Element? {
      guard let entry = remaining.popFirst() else { return nil }
      return (entry.partition, try await entry.load())
    }
  }
}

extension PartitionedInput: ExpressibleByDictionaryLiteral {
  /// Values that are already there, in this order.
  public init(dictionaryLiteral elements: (PartitionKey, Value)...) {
    self.init(values: elements)
  }

  /// Values that are already there, in this order.
  public init(values: some Sequence<(PartitionKey, Value)>) {
    self.init(values.map { key, value in (key, { value }) })
  }
}
