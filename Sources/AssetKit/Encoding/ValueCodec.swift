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
      let document: Data
      do { document = try JSONCoding.encoder().encode(value) } catch let error as EncodingError {
        throw OutputError(error.explanation)
      }
      guard document.count <= EncodingLimits.documentBytes else {
        throw OutputError(
          "a \(Value.self) takes \(document.count) bytes, and a document may have \(EncodingLimits.documentBytes) (documentBytes): "
            + "make it an array of rows, or Rows")
      }
      try JSONCoding.checkReadable(document)
      try sink.write(document)
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
      } catch let error as OutputError {
        throw OutputError("row \(count + 1): \(error)")
      }
      count += 1
    }
    return count
  }

  /// Reads a value.
  ///
  /// An array and a document are verified while they are read, before they are handed out. Other rows, which are handed out one by
  /// one, are verified before the first and once more at their end.
  ///
  /// - Throws: ``InputError`` naming the place and the field.
  static func read<Value: Decodable>(_ type: Value.Type, format: String, from store: any ByteStore) async throws -> Value {
    let stored = StoredBytes(format: format, store: store)
    guard let rowType = type as? any RowValue.Type else { return try stored.document(type) }
    let isArray = rowType is any DocumentRows.Type
    if format == json, isArray { return try stored.document(type) }
    let value: any RowValue = try await rowType.reading(isArray ? stored.eagerRows() : stored.lazyRows())
    guard let typed = value as? Value else { throw InputError("\(store.place): cannot be read as \(type)", isRetryable: false) }
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
