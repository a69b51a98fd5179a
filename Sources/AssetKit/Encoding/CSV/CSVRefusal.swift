// SPDX-License-Identifier: Apache-2.0

/// Refuses fields that have fields themselves.
struct CSVRefusal: UnkeyedEncodingContainer, SingleValueEncodingContainer {
  let codingPath: [any CodingKey]
  var count: Int { 0 }

  var error: EncodingError {
    EncodingError.invalidValue(
      codingPath.last?.stringValue ?? "row",
      EncodingError.Context(
        codingPath: codingPath, debugDescription: "it is nested, and CSV stores flat rows: store it as JSON Lines, or flatten it")
    )
  }

  func encodeNil() throws { throw error }
  func encode<Value: Encodable>(_ value: Value) throws { throw error }

  func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(CSVNestedRefusal<Key>(codingPath: codingPath))
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
  func superEncoder() -> any Encoder { CSVFieldEncoder(codingPath: codingPath, cell: CSVCell()) }
}

/// Refuses named fields within a field.
struct CSVNestedRefusal<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let codingPath: [any CodingKey]
  private var refusal: CSVRefusal { CSVRefusal(codingPath: codingPath) }

  init(codingPath: [any CodingKey]) { self.codingPath = codingPath }

  func encodeNil(forKey key: Key) throws { throw refusal.error }
  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { throw refusal.error }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(CSVNestedRefusal<Nested>(codingPath: codingPath))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { refusal }
  func superEncoder() -> any Encoder { refusal.superEncoder() }
  func superEncoder(forKey key: Key) -> any Encoder { refusal.superEncoder() }
}
