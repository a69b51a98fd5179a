// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// The bytes of one version and their format.
struct StoredBytes: Sendable {
  let format: String
  let store: any ByteStore
  private var place: String { store.place }

  init(format: String, store: any ByteStore) {
    self.format = format
    self.store = store
  }

  /// Reads the whole as one value.
  ///
  /// - Throws: ``InputError``, before anything is read, for more than ``EncodingLimits/documentBytes``.
  func document<Value: Decodable>(_ type: Value.Type) throws -> Value {
    guard format == ValueCodec.json else {
      throw InputError(
        "\(place): holds rows (\(format)), and cannot be read as \(type): read it as an array or as Rows", isRetryable: false)
    }
    let source = try store.open()
    try source.refuse(beyond: EncodingLimits.documentBytes, "documentBytes", of: "a document", at: place)
    var data = Data(capacity: source.size)
    while case let chunk = try source.read(), !chunk.isEmpty { data.append(contentsOf: chunk) }
    do {
      return try JSONCoding.decode(type, from: data)
    } catch let error as DecodingError {
      throw InputError("\(place): \(error.explanation)", isRetryable: false)
    }
  }

  /// Rows that are read to their end before any is handed out: what they are is known by then.
  func eagerRows() -> StoredRows {
    StoredRows(at: place, arrayBytes: EncodingLimits.arrayBytes) {
      let source = try store.open()
      try source.refuse(beyond: EncodingLimits.arrayBytes, "arrayBytes", of: "an array", at: place)
      return try cursor(source)
    }
  }

  /// Rows that are handed out one by one: that they are those that were stored is known before the first one.
  func lazyRows() throws -> StoredRows {
    _ = try cursor(store.openVerified())
    return StoredRows { try cursor(store.openVerified()) }
  }

  private func cursor(_ source: any ByteSource) throws -> any RowCursor {
    switch format {
    case ValueCodec.jsonLines: StoredCursor(place: place, rows: JSONLinesDecoder(source))
    case ValueCodec.csv: StoredCursor(place: place, rows: CSVDecoder(source))
    default:
      throw InputError(
        "\(place): is one document (\(format)), not rows: read it as the type that it was written as", isRetryable: false)
    }
  }
}

extension ByteSource {
  fileprivate func refuse(beyond limit: Int, _ name: String, of what: String, at place: String) throws {
    guard size > limit else { return }
    throw InputError(
      "\(place): has \(size) bytes, and \(what) may have \(limit) (\(name)): store and read it as Rows", isRetryable: false)
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
