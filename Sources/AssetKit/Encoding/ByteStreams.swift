// SPDX-License-Identifier: Apache-2.0

/// Where an encoder writes.
protocol ByteSink: AnyObject {
  func write(_ bytes: some Collection<UInt8>) throws
}

/// Where a decoder reads.
protocol ByteSource: AnyObject {
  /// The next bytes; empty at the end.
  func read() throws -> ArraySlice<UInt8>
}

/// Bounds on what a reader keeps in memory.
enum EncodingLimits {
  /// Bytes of one stored row.
  static let rowBytes = 64 << 20
  /// Bytes read or written at a time.
  static let chunkBytes = 64 << 10
}

/// Bytes in memory, as a sink.
final class ByteBuffer: ByteSink {
  private(set) var bytes: [UInt8] = []
  func write(_ new: some Collection<UInt8>) { bytes.append(contentsOf: new) }
}

/// Bytes in memory, as a source.
final class ByteBufferReader: ByteSource {
  private var rest: ArraySlice<UInt8>
  init(_ bytes: [UInt8]) { rest = bytes[...] }

  func read() -> ArraySlice<UInt8> {
    defer { rest = [] }
    return rest
  }
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
      if result.count > EncodingLimits.rowBytes { throw MalformedRow("is longer than \(EncodingLimits.rowBytes) bytes") }
    }
  }
}

/// A row that is not what its format asks for.
struct MalformedRow: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
