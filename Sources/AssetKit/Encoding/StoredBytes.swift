// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The bytes of one version, wherever they lie.
struct StoredBytes: Sendable {
  let format: String
  /// The file or its like, for error messages.
  let place: String
  let open: @Sendable () throws -> any ByteSource

  /// Reads the whole as one value.
  func document<Value: Decodable>(_ type: Value.Type) throws -> Value {
    guard format == ValueCodec.json else {
      throw InputError(
        "\(place): holds rows (\(format)), and cannot be read as \(type): read it as an array or as Rows", isRetryable: false)
    }
    var data = Data()
    let source = try open()
    while case let chunk = try source.read(), !chunk.isEmpty { data.append(contentsOf: chunk) }
    do {
      return try JSONCoding.decoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw InputError("\(place): \(error.explanation)", isRetryable: false)
    }
  }

  /// Begins at the first row.
  func cursor() throws -> any RowCursor {
    switch format {
    case ValueCodec.jsonLines: StoredCursor(place: place, rows: JSONLinesDecoder(try open()))
    case ValueCodec.csv: StoredCursor(place: place, rows: CSVDecoder(try open()))
    default:
      throw InputError(
        "\(place): is one document (\(format)), not rows: read it as the type that it was written as", isRetryable: false)
    }
  }
}

/// Decodes rows, and says where a row is that cannot be decoded.
private final class StoredCursor: RowCursor {
  private let place: String
  private var rows: any RowDecoding

  init(place: String, rows: any RowDecoding) {
    self.place = place
    self.rows = rows
  }

  func next<Row: Decodable>(as type: Row.Type) throws -> Row? {
    do {
      return try rows.decode(type)
    } catch let error as DecodingError {
      throw InputError("\(place):\(rows.line): \(error.explanation)", isRetryable: false)
    } catch let error as MalformedRow {
      throw InputError("\(place):\(rows.line): the row \(error)", isRetryable: false)
    }
  }
}
