// SPDX-License-Identifier: Apache-2.0

/// Reads rows from comma-separated values with a header; columns are matched by name, and unknown ones ignored.
struct CSVDecoder: RowDecoding {
  private var reader: CSVReader
  private var columns: [String: Int]?
  var line: Int { reader.line }

  init(_ source: any ByteSource) { reader = CSVReader(source) }

  mutating func decode<Row: Decodable>(_ type: Row.Type) throws -> Row? {
    if columns == nil {
      guard let header = try reader.record() else { return nil }
      var names: [String: Int] = [:]
      for (index, field) in header.enumerated() where names.updateValue(index, forKey: field.text) != nil {
        throw MalformedRow("is a header that names column '\(field.text.bounded(to: EncodingLimits.quotedBytes))' twice")
      }
      columns = names
      // The only field of a row may be nil, which is written as nothing.
      reader.emptyLinesCount = names.count == 1
    }
    guard let columns, let record = try reader.record() else { return nil }
    guard record.count == columns.count else {
      throw MalformedRow("has \(record.count) fields, and the header \(columns.count)")
    }
    return try Row(from: CSVRowDecoder(columns: columns, record: record))
  }
}
