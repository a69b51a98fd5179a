// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// How rows are stored.
public enum FileFormat: String, Hashable, Sendable {
  /// One JSON object a line.
  case jsonLines = "jsonl"
  /// Comma-separated values with a header, for flat rows (RFC 4180).
  case csv
}

/// Turns values into bytes and back: values made of rows row by row, others as one JSON document.
enum ValueCodec {
  static let jsonLines = "jsonl/1"
  static let csv = "csv/1"
  static let json = "json/1"
  static let formats = [csv, json, jsonLines]

  /// The format in which a type is stored, where rows are stored as `rows`.
  static func format<Value>(of type: Value.Type, rows: FileFormat) -> String {
    guard type is any RowValue.Type else { return json }
    return rows == .csv ? csv : jsonLines
  }

  /// Writes a value.
  ///
  /// - Returns: the number of rows, for a value made of rows.
  /// - Throws: what encoding, the sink or the rows themselves throw; `CancellationError` between two rows.
  static func write<Value: Encodable>(_ value: Value, as rows: FileFormat, to sink: any ByteSink) async throws -> Int? {
    guard let value = value as? any RowValue else {
      try sink.write(JSONCoding.encoder().encode(value))
      return nil
    }
    return rows == .csv
      ? try await writeRows(of: value, with: CSVEncoder(), to: sink)
      : try await writeRows(of: value, with: JSONLinesEncoder(), to: sink)
  }

  private static func writeRows(of value: some RowValue, with encoder: some RowEncoding, to sink: any ByteSink) async throws
    -> Int
  {
    var encoder = encoder
    var count = 0
    try await value.eachRow { row in
      try Task.checkCancellation()
      do {
        try encoder.encode(row, to: sink)
      } catch let error as EncodingError {
        throw OutputError("row \(count + 1): \(error.explanation)")
      }
      count += 1
    }
    return count
  }

  /// Reads a value.
  ///
  /// - Parameters:
  ///   - place: the file or its like, for error messages.
  ///   - open: opens the bytes from their beginning; called again for each iteration of lazy rows.
  /// - Throws: ``InputError`` naming the place and the field.
  static func read<Value: Decodable>(
    _ type: Value.Type, format: String, place: String, open: @escaping @Sendable () throws -> any ByteSource
  ) async throws -> Value {
    let stored = StoredBytes(format: format, place: place, open: open)
    guard let rowType = type as? any RowValue.Type else { return try stored.document(type) }
    if format == json, rowType is any DocumentRows.Type { return try stored.document(type) }
    let value: any RowValue = try await rowType.reading(StoredRows { try stored.cursor() })
    guard let typed = value as? Value else { throw InputError("\(place): cannot be read as \(type)", isRetryable: false) }
    return typed
  }
}

/// A row value that can also be read from one JSON document: an array.
private protocol DocumentRows {}
extension Array: DocumentRows {}

/// An output that could not be encoded: another attempt would fail alike.
public struct OutputError: RetryAdvising, Hashable, CustomStringConvertible {
  public let description: String
  public var isRetryable: Bool { false }
  public init(_ description: String) { self.description = description }
}
