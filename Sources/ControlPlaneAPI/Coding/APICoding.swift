// SPDX-License-Identifier: Apache-2.0

import AssetModel
package import Foundation

/// The one way in which the API's values become JSON: field names in snake case, keys sorted, absent values left out,
/// and nothing in strings that a terminal acts on or a reader does not see.
package enum APICoding {
  /// Encodes a value on one line.
  package static func encode(_ value: some Encodable) throws -> Data { try encode(value, [.sortedKeys]) }

  /// Encodes a value over several lines, for people and for `--json`.
  package static func encodePretty(_ value: some Encodable) throws -> Data {
    try encode(value, [.sortedKeys, .prettyPrinted])
  }

  /// What is hidden is written as JSON's own escapes. The encoder sees to what is below a space; the rest is rare.
  private static func encode(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> Data {
    let data = try encoder(formatting).encode(value)
    guard data.contains(where: { $0 >= 0x7F }) else { return data }
    return Data(Shown(json: String(decoding: data, as: UTF8.self)).text.utf8)
  }

  /// Decodes a value; fields that this build does not know are ignored.
  package static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from data: Data) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: data)
  }

  private static func encoder(_ formatting: JSONEncoder.OutputFormatting) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = formatting.union(.withoutEscapingSlashes)
    return encoder
  }
}
