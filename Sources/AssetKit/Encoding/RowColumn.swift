// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A column of a value's rows, as its type declares it.
package struct RowColumn: Hashable, Sendable {
  package let name: String
  /// `text`, `integer`, `number`, `boolean`, `instant`, `url`, `bytes`, `list`, `object`, or the name of the team's type; with a `?`
  /// behind it where it may be nil.
  package let type: String

  package init(_ name: String, _ type: String) {
    self.name = name
    self.type = type
  }

  /// The columns of a row, in the order in which it encodes its fields: for a structure that of its declaration. None for a dictionary,
  /// which has no order, and for what has no fields.
  static func all(of row: some Encodable) -> [RowColumn] {
    guard Mirror(reflecting: row).displayStyle != .dictionary else { return [] }
    let notes = ColumnNotes()
    // What refuses to be encoded has the columns so far.
    try? row.encode(to: ColumnRecorder(notes: notes))
    return notes.columns
  }

  /// A word for a type.
  static func word(for type: Any.Type) -> String {
    switch type {
    case is String.Type: return "text"
    case is Bool.Type: return "boolean"
    case is any BinaryInteger.Type: return "integer"
    case is any BinaryFloatingPoint.Type, is Decimal.Type: return "number"
    case is Date.Type: return "instant"
    case is URL.Type: return "url"
    case is Data.Type: return "bytes"
    case let optional as any AnyOptional.Type: return word(for: optional.wrapped) + "?"
    case let raw as any RawRepresentable.Type: return word(ofRaw: raw)
    case is any AnyDictionary.Type: return "object"
    case is any Sequence.Type: return "list"
    default: return String(describing: type)
    }
  }

  private static func word<Raw: RawRepresentable>(ofRaw type: Raw.Type) -> String { word(for: Raw.RawValue.self) }
}

/// The first row of a stored value, of which only its columns are kept.
package struct FirstRow<Row: Codable>: RowValue, Sendable {
  package let columns: [RowColumn]

  package static func reading(_ stored: StoredRows) async throws -> FirstRow {
    FirstRow(columns: try stored.cursor().next(as: Row.self).map { RowColumn.all(of: $0) } ?? [])
  }

  private init(columns: [RowColumn]) { self.columns = columns }

  /// Always throws: it is read from rows.
  package init(from decoder: any Decoder) throws {
    throw DecodingError.dataCorrupted(DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no rows"))
  }

  /// It has no rows to hand out.
  package func eachRow(_ body: (Row) async throws -> Void) async throws {}
  package func encode(to encoder: any Encoder) throws {}
}

private protocol AnyOptional { static var wrapped: Any.Type { get } }
extension Optional: AnyOptional { static var wrapped: Any.Type { Wrapped.self } }

private protocol AnyDictionary {}
extension Dictionary: AnyDictionary {}

/// The fields that a row encodes, in this order.
private final class ColumnNotes {
  private(set) var columns: [RowColumn] = []
  private var names: Set<String> = []

  func note(_ key: some CodingKey, _ type: String) {
    guard columns.count < EncodingLimits.csvColumns, names.insert(key.stringValue).inserted else { return }
    columns.append(RowColumn(key.stringValue, type))
  }
}

/// Notes the fields of a row, and writes nothing.
private struct ColumnRecorder: Encoder {
  let notes: ColumnNotes
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(KeyedRecorder<Key>(notes: notes))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer { UnnamedRecorder() }
  func singleValueContainer() -> any SingleValueEncodingContainer { UnnamedRecorder() }
}

private struct KeyedRecorder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let notes: ColumnNotes
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) { notes.note(key, "?") }
  func encode<Value: Encodable>(_ value: Value, forKey key: Key) { notes.note(key, RowColumn.word(for: Value.self)) }

  func encodeIfPresent(_ value: Bool?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: String?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: Double?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: Float?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: Int?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: Int8?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: Int16?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: Int32?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: Int64?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: Int128?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: UInt?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: UInt8?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: UInt16?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: UInt32?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: UInt64?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent(_ value: UInt128?, forKey key: Key) { maybe(value, key) }
  func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) { maybe(value, key) }

  /// Of a field that may be nil the type is known even where it is.
  private func maybe<Value>(_ value: Value?, _ key: Key) { notes.note(key, RowColumn.word(for: Value.self) + "?") }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
    notes.note(key, "object")
    return KeyedEncodingContainer(KeyedRecorder<Nested>(notes: ColumnNotes()))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    notes.note(key, "list")
    return UnnamedRecorder()
  }

  func superEncoder() -> any Encoder { ColumnRecorder(notes: ColumnNotes()) }

  func superEncoder(forKey key: Key) -> any Encoder {
    notes.note(key, "object")
    return ColumnRecorder(notes: ColumnNotes())
  }
}

/// Takes what has no names, and notes nothing.
private struct UnnamedRecorder: UnkeyedEncodingContainer, SingleValueEncodingContainer {
  var codingPath: [any CodingKey] { [] }
  var count: Int { 0 }

  func encodeNil() {}
  func encode<Value: Encodable>(_ value: Value) {}
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
  func superEncoder() -> any Encoder { ColumnRecorder(notes: ColumnNotes()) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(KeyedRecorder<Nested>(notes: ColumnNotes()))
  }
}
