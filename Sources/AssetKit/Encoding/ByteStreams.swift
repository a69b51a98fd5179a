// SPDX-License-Identifier: Apache-2.0

/// Where an encoder writes.
protocol ByteSink: AnyObject {
  func write(_ bytes: some Collection<UInt8>) throws
}

/// Where a decoder reads.
protocol ByteSource: AnyObject {
  /// How many bytes it gives in all.
  var size: Int { get }
  /// The next bytes; empty at the end.
  ///
  /// - Throws: ``InputError`` when they are not those that were stored, at the latest at the end.
  func read() throws -> ArraySlice<UInt8>
}

/// The bytes of one version, wherever they lie.
protocol ByteStore: Sendable {
  /// The file or its like, for error messages.
  var place: String { get }
  /// Opens the bytes from their beginning; whether they are those that were stored shows at their end.
  func open() throws -> any ByteSource
  /// The same, where it is known before the first byte is given that they are those that were stored.
  func openVerified() throws -> any ByteSource
}

/// Bytes in memory, as a sink.
final class ByteBuffer: ByteSink {
  private(set) var bytes: [UInt8] = []
  func write(_ new: some Collection<UInt8>) { bytes.append(contentsOf: new) }
}

/// Bytes in memory, as a source.
final class ByteBufferReader: ByteSource {
  let size: Int
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    size = bytes.count
    rest = bytes[...]
  }

  func read() -> ArraySlice<UInt8> {
    defer { rest = [] }
    return rest
  }
}

/// Bytes in memory that nobody else can change.
struct ByteMemory: ByteStore {
  let place: String
  let bytes: [UInt8]

  func open() -> any ByteSource { ByteBufferReader(bytes) }
  func openVerified() -> any ByteSource { open() }
}

/// Reads a source byte by byte.
struct ByteReader {
  private let source: any ByteSource
  private var chunk: ArraySlice<UInt8> = []

  init(_ source: any ByteSource) { self.source = source }

  mutating func next() throws -> UInt8? {
    if let byte = chunk.popFirst() { return byte }
    chunk = try source.read()
    return chunk.popFirst()
  }

  /// The bytes up to a newline, without it; nil at the end.
  ///
  /// - Throws: ``MalformedRow`` when there are more than ``EncodingLimits/rowBytes``.
  mutating func line() throws -> [UInt8]? {
    var result: [UInt8] = []
    while true {
      if chunk.isEmpty { chunk = try source.read() }
      if chunk.isEmpty { return result.isEmpty ? nil : result }
      if let end = chunk.firstIndex(of: UInt8(ascii: "\n")) {
        result.append(contentsOf: chunk[..<end])
        chunk = chunk[(end + 1)...]
        return result
      }
      result.append(contentsOf: chunk)
      chunk = []
      if result.count > EncodingLimits.rowBytes { throw MalformedRow.tooLong }
    }
  }
}

/// A row that is not what its format asks for.
struct MalformedRow: Error, CustomStringConvertible {
  static let tooLong = MalformedRow("is longer than \(EncodingLimits.rowBytes) bytes (rowBytes)")
  static let tooManyMarks = MalformedRow("has a field that \(manyMarks)")
  /// What is said of a text with more combining marks in a row.
  static let manyMarks = "has more than \(EncodingLimits.combiningMarks) combining marks in a row (combiningMarks)"

  let description: String
  init(_ description: String) { self.description = description }
}
