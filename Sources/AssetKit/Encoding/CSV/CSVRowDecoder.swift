// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Gives the fields of one record.
struct CSVRowDecoder: Decoder {
  let columns: [String: Int]
  let record: [CSVReader.Field]
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(CSVKeyedDecoding<Key>(columns: columns, record: record))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw CSVCorruption.nested([]) }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { throw CSVCorruption.nested([]) }
}

/// The fields of a record by name; an empty one without quotes is nil.
struct CSVKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let columns: [String: Int]
  let record: [CSVReader.Field]
  var codingPath: [any CodingKey] { [] }
  /// Of fields that are not nil: a dictionary has no others.
  var allKeys: [Key] {
    columns.sorted { $0.value < $1.value }.filter { !record[$0.value].isNil }.compactMap { Key(stringValue: $0.key) }
  }

  func contains(_ key: Key) -> Bool { columns[key.stringValue] != nil }

  func decodeNil(forKey key: Key) throws -> Bool {
    try field(key).isNil
  }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try CSVFieldDecoder(field: try field(key), codingPath: [key]).decode(type)
  }

  private func field(_ key: Key) throws -> CSVReader.Field {
    guard let column = columns[key.stringValue] else {
      throw DecodingError.keyNotFound(key, DecodingError.Context(codingPath: [], debugDescription: "no such column"))
    }
    return record[column]
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
    throw CSVCorruption.nested([key])
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw CSVCorruption.nested([key]) }
  func superDecoder() throws -> any Decoder { throw CSVCorruption.nested([]) }
  func superDecoder(forKey key: Key) throws -> any Decoder { CSVFieldDecoder(field: try field(key), codingPath: [key]) }
}

enum CSVCorruption {
  static func nested(_ path: [any CodingKey]) -> DecodingError {
    .dataCorrupted(
      DecodingError.Context(codingPath: path, debugDescription: "the type is nested, and CSV stores flat rows"))
  }
}

/// Gives one field as a single value.
struct CSVFieldDecoder: Decoder, SingleValueDecodingContainer {
  let field: CSVReader.Field
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    throw CSVCorruption.nested(codingPath)
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw CSVCorruption.nested(codingPath) }
  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  func decodeNil() -> Bool { field.isNil }
  func decode(_ type: String.Type) -> String { field.text }

  func decode(_ type: Bool.Type) throws -> Bool {
    switch field.text {
    case "true", "TRUE", "True", "1": true
    case "false", "FALSE", "False", "0": false
    default: throw mismatch(type)
    }
  }

  func decode(_ type: Double.Type) throws -> Double { try parsed(type) }
  func decode(_ type: Float.Type) throws -> Float { try parsed(type) }
  func decode(_ type: Int.Type) throws -> Int { try parsed(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try parsed(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try parsed(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try parsed(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try parsed(type) }
  func decode(_ type: Int128.Type) throws -> Int128 { try parsed(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try parsed(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try parsed(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try parsed(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try parsed(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try parsed(type) }
  func decode(_ type: UInt128.Type) throws -> UInt128 { try parsed(type) }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let value: Any? =
      switch type {
      case is String.Type: field.text
      case is Date.Type: ISODate.date(field.text)
      case is URL.Type: URL(string: field.text)
      case is Decimal.Type: Decimal(string: field.text)
      case is Data.Type: Data(base64Encoded: field.text)
      default: try Value(from: self)
      }
    guard let typed = value as? Value else { throw mismatch(type) }
    return typed
  }

  private func parsed<Value: LosslessStringConvertible>(_ type: Value.Type) throws -> Value {
    guard let value = Value(field.text) else { throw mismatch(type) }
    return value
  }

  private func mismatch(_ type: any Any.Type) -> DecodingError {
    if decodeNil() {
      return .valueNotFound(type, DecodingError.Context(codingPath: codingPath, debugDescription: "the field is empty"))
    }
    return .typeMismatch(
      type,
      DecodingError.Context(
        codingPath: codingPath, debugDescription: "found '\(field.text.bounded(to: EncodingLimits.quotedBytes))'"))
  }
}
