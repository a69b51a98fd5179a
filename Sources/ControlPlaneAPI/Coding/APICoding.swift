// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// The one way in which the API's values become JSON: field names in snake case, keys sorted, absent values left out.
package enum APICoding {
  /// Encodes a value on one line.
  package static func encode(_ value: some Encodable) throws -> Data { try encoder([.sortedKeys]).encode(value) }

  /// Encodes a value over several lines, for people and for `--json`.
  package static func encodePretty(_ value: some Encodable) throws -> Data {
    try encoder([.sortedKeys, .prettyPrinted]).encode(value)
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
