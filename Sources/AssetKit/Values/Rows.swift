// SPDX-License-Identifier: Apache-2.0

/// A sequence of rows that is never in memory as a whole: storage writes and reads it row by row.
///
/// It can be iterated any number of times. Return it from an asset, or read an asset as `Rows`, where `[Row]` would be too large;
/// both are stored alike, so the reader of one may be the writer of the other.
public struct Rows<Row: Codable & Sendable>: AsyncSequence, Sendable {
  public typealias Element = Row
  public typealias Failure = any Error
  /// Gives the next row, and nil at the end.
  public typealias Next = () async throws -> Row?

  private let start: @Sendable () async throws -> Next

  /// Rows from a source that is opened anew for each iteration.
  ///
  /// - Parameter start: opens the source and returns what gives its rows one by one, and nil at the end.
  public init(_ start: @escaping @Sendable () async throws -> Next) { self.start = start }

  /// Rows of a sequence; a lazy one stays lazy.
  public init<Source: Sequence & Sendable>(_ source: Source) where Source.Element == Row {
    self.init {
      var iterator = source.makeIterator()
      return { iterator.next() }
    }
  }

  /// Rows of an asynchronous sequence that can be iterated more than once.
  public init<Source: AsyncSequence & Sendable>(_ source: Source) where Source.Element == Row {
    self.init {
      var iterator = source.makeAsyncIterator()
      return { try await iterator.next() }
    }
  }

  public func makeAsyncIterator() -> Iterator { Iterator(start: start) }

  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let start: @Sendable () async throws -> Next
    private var following: Next?

    fileprivate init(start: @escaping @Sendable () async throws -> Next) { self.start = start }

    /// The next row.
    ///
    /// - Throws: what the source throws; for stored rows an ``InputError`` that names file, line and field.
    public mutating func next() async throws -> Row? {
      if following == nil { following = try await start() }
      return try await following?()
    }
  }

  /// All the rows in memory.
  public func collected() async throws -> [Row] {
    var result: [Row] = []
    for try await row in self { result.append(row) }
    return result
  }
}

extension Rows: Codable {
  /// Always throws: rows are stored one by one, not inside another value.
  public init(from decoder: any Decoder) throws {
    throw DecodingError.dataCorrupted(
      DecodingError.Context(codingPath: decoder.codingPath, debugDescription: Self.nested))
  }

  /// Always throws: rows are stored one by one, not inside another value.
  public func encode(to encoder: any Encoder) throws {
    throw EncodingError.invalidValue(
      self, EncodingError.Context(codingPath: encoder.codingPath, debugDescription: Self.nested))
  }

  private static var nested: String { "Rows is an asset's whole value: inside another value, use an array" }
}
