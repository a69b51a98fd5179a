// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Writes rows one by one.
protocol RowEncoding {
  mutating func encode(_ row: some Encodable, to sink: any ByteSink) throws
}

/// Reads rows one by one.
protocol RowDecoding {
  /// The next row; nil at the end.
  mutating func decode<Row: Decodable>(_ type: Row.Type) throws -> Row?
  /// The line where the last row began, 1 for the first.
  var line: Int { get }
}

/// One JSON object a line.
struct JSONLinesEncoder: RowEncoding {
  private let encoder = JSONCoding.encoder()

  mutating func encode(_ row: some Encodable, to sink: any ByteSink) throws {
    let data = try encoder.encode(row)
    try JSONCoding.checkReadable(data)
    try sink.write(data)
    try sink.write(CollectionOfOne(UInt8(ascii: "\n")))
  }
}

/// Reads one JSON object a line; empty lines are skipped.
struct JSONLinesDecoder: RowDecoding {
  private(set) var line = 0
  private var reader: ByteReader
  private let decoder = JSONCoding.decoder()

  init(_ source: any ByteSource) { reader = ByteReader(source) }

  mutating func decode<Row: Decodable>(_ type: Row.Type) throws -> Row? {
    while let bytes = try reader.line() {
      line += 1
      if !bytes.allSatisfy({ $0 == 32 || $0 == 13 || $0 == 9 }) {
        return try JSONCoding.decode(type, from: Data(bytes), by: decoder)
      }
    }
    return nil
  }
}
