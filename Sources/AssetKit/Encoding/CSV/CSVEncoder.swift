// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// Writes flat rows as comma-separated values: a header from the first row, then one record a row (RFC 4180).
///
/// Nil is an empty field and the empty text is `""`, so that both survive.
struct CSVEncoder: RowEncoding {
  private var columns: [String: Int]?

  mutating func encode(_ row: some Encodable, to sink: any ByteSink) throws {
    let fields = CSVFields()
    try row.encode(to: CSVRowEncoder(fields: fields))
    if let columns {
      try Self.write(try fields.arranged(by: columns), to: sink)
    } else {
      guard !fields.all.isEmpty else {
        throw EncodingError.invalidValue(
          row, EncodingError.Context(codingPath: [], debugDescription: "the row has no named fields: CSV stores flat structures"))
      }
      columns = Dictionary(uniqueKeysWithValues: fields.all.enumerated().map { ($1.name, $0) })
      try Self.write(fields.all.map { Self.quoted($0.name) }, to: sink)
      try Self.write(fields.all.map(\.text), to: sink)
    }
  }

  private static func write(_ fields: [String], to sink: any ByteSink) throws {
    guard fields.allSatisfy({ $0.hasMarks(within: EncodingLimits.combiningMarks) }) else {
      throw OutputError("a field \(MalformedRow.manyMarks)")
    }
    try sink.write((fields.joined(separator: ",") + "\r\n").utf8)
  }

  /// A text as one field, in quotes where it needs them; by bytes, as it is read: a quote with a mark behind it is another character.
  static func quoted(_ text: String) -> String {
    let needsQuotes = text.isEmpty || text.utf8.contains { $0 == 34 || $0 == 44 || $0 == 10 || $0 == 13 }
    guard needsQuotes else { return text }
    var bytes = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      bytes.append(byte)
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
    }
    bytes.append(UInt8(ascii: "\""))
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// The fields of one row, in the order in which it encodes them.
final class CSVFields {
  private(set) var all: [(name: String, text: String)] = []
  private var indexes: [String: Int] = [:]

  /// - Parameter text: as it is to be written; empty for nil.
  func put(_ text: String, as name: String) {
    if let index = indexes[name] {
      all[index].text = text
    } else {
      indexes[name] = all.count
      all.append((name, text))
    }
  }

  func arranged(by columns: [String: Int]) throws -> [String] {
    var result = [String](repeating: "", count: columns.count)
    for (name, text) in all {
      guard let column = columns[name] else {
        throw EncodingError.invalidValue(
          text,
          EncodingError.Context(
            codingPath: [CSVKey(name)],
            debugDescription: "the first row has no such field: CSV needs the same fields in every row, nil ones included"))
      }
      result[column] = text
    }
    return result
  }
}

struct CSVKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(_ text: String) { stringValue = text }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
