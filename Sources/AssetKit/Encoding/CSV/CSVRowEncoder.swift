// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Takes the fields of one row.
struct CSVRowEncoder: Encoder {
  let fields: CSVFields
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(CSVKeyedEncoding<Key>(fields: fields))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer { CSVRefusal(codingPath: codingPath) }
  func singleValueContainer() -> any SingleValueEncodingContainer { CSVRefusal(codingPath: codingPath) }
}

/// The fields of a row by name; nil is written too, so that every row has every column.
struct CSVKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let fields: CSVFields
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) { fields.put("", as: key.stringValue) }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    fields.put(try CSVField.text(of: value, at: [key]), as: key.stringValue)
  }

  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: Int128?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent(_ value: UInt128?, forKey key: Key) throws { try put(value, key) }
  func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws { try put(value, key) }

  private func put<Value: Encodable>(_ value: Value?, _ key: Key) throws {
    if let value { try encode(value, forKey: key) } else { encodeNil(forKey: key) }
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(CSVNestedRefusal<Nested>(codingPath: [key]))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { CSVRefusal(codingPath: [key]) }
  func superEncoder() -> any Encoder { CSVFieldEncoder(codingPath: [CSVKey("super")], cell: CSVCell()) }
  func superEncoder(forKey key: Key) -> any Encoder { CSVFieldEncoder(codingPath: [key], cell: CSVCell()) }
}

/// One field as text.
enum CSVField {
  static func text<Value: Encodable>(of value: Value, at path: [any CodingKey]) throws -> String {
    switch value {
    case let text as String: return CSVEncoder.quoted(text)
    case let date as Date: return try ISODate.text(date, at: path)
    case let url as URL: return CSVEncoder.quoted(url.absoluteString)
    case let number as Decimal:
      guard !number.isNaN else {
        throw EncodingError.invalidValue(
          number, EncodingError.Context(codingPath: path, debugDescription: "a Decimal that is no number cannot be read back"))
      }
      return number.description
    case let data as Data: return CSVEncoder.quoted(data.base64EncodedString())
    default:
      let cell = CSVCell()
      try value.encode(to: CSVFieldEncoder(codingPath: path, cell: cell))
      guard let text = cell.text else { throw CSVRefusal(codingPath: path).error }
      return text
    }
  }
}

/// Where the text of one field arrives.
final class CSVCell {
  var text: String?
}

/// Takes one field that encodes itself as a single value.
struct CSVFieldEncoder: Encoder, SingleValueEncodingContainer {
  let codingPath: [any CodingKey]
  let cell: CSVCell
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(CSVNestedRefusal<Key>(codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer { CSVRefusal(codingPath: codingPath) }
  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  func encodeNil() { cell.text = "" }
  func encode(_ value: Bool) { cell.text = value ? "true" : "false" }
  func encode(_ value: String) { cell.text = CSVEncoder.quoted(value) }
  func encode(_ value: Double) { cell.text = value.description }
  func encode(_ value: Float) { cell.text = value.description }
  func encode(_ value: Int) { cell.text = value.description }
  func encode(_ value: Int8) { cell.text = value.description }
  func encode(_ value: Int16) { cell.text = value.description }
  func encode(_ value: Int32) { cell.text = value.description }
  func encode(_ value: Int64) { cell.text = value.description }
  func encode(_ value: Int128) { cell.text = value.description }
  func encode(_ value: UInt) { cell.text = value.description }
  func encode(_ value: UInt8) { cell.text = value.description }
  func encode(_ value: UInt16) { cell.text = value.description }
  func encode(_ value: UInt32) { cell.text = value.description }
  func encode(_ value: UInt64) { cell.text = value.description }
  func encode(_ value: UInt128) { cell.text = value.description }
  func encode<Value: Encodable>(_ value: Value) throws { cell.text = try CSVField.text(of: value, at: codingPath) }
}
