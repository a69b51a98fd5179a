// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// JSON as storage writes and reads it: sorted keys, dates in ISO 8601, infinities and NaN as text.
enum JSONCoding {
  static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(try ISODate.text(date, at: encoder.codingPath))
    }
    return encoder
  }

  static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    decoder.dateDecodingStrategy = .custom { decoder in
      let container = try decoder.singleValueContainer()
      let text = try container.decode(String.self)
      guard let date = ISODate.date(text) else {
        let quoted = text.bounded(to: EncodingLimits.quotedBytes)
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(quoted)' is no ISO 8601 date")
      }
      return date
    }
    return decoder
  }

  /// Decodes a value, unless its arrays and objects nest deeper than ``EncodingLimits/jsonDepth``, a text of it has more than
  /// ``EncodingLimits/combiningMarks``, or it is not in UTF-8: a decoder takes UTF-16, too, in which nothing of this would show.
  static func decode<Value: Decodable>(_ type: Value.Type, from data: Data, by decoder: JSONDecoder = decoder()) throws -> Value {
    let scan = data.withUnsafeBytes { JSONScan($0) }
    if let problem = scan.problem {
      throw DecodingError.dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: problem))
    }
    return try decoder.decode(type, from: data)
  }

  /// Refuses to write what no reader takes.
  static func checkReadable(_ encoded: Data) throws {
    guard encoded.withUnsafeBytes({ MarkRun.isWithin(EncodingLimits.combiningMarks, $0) }) else {
      throw OutputError("a text \(MalformedRow.manyMarks)")
    }
    // Foundation writes a `Decimal` that is no number as it is; a text may hold the word, too.
    guard encoded.withUnsafeBytes({ holdsNaN($0) }) else { return }
    guard (try? JSONSerialization.jsonObject(with: encoded, options: .fragmentsAllowed)) != nil else {
      throw OutputError("a Decimal that is no number cannot be read back")
    }
  }

  /// Looked for in each row: `Data.range(of:)` takes several times as long.
  private static func holdsNaN(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes[...]
    while let first = rest.firstIndex(of: UInt8(ascii: "N")) {
      if rest[first...].starts(with: "NaN".utf8) { return true }
      rest = rest[(first + 1)...]
    }
    return false
  }
}

extension JSONScan {
  fileprivate var problem: String? {
    if isForeign { return "it is not in UTF-8: it has a zero byte, or begins as UTF-16 does" }
    if depth > EncodingLimits.jsonDepth { return "it nests deeper than \(EncodingLimits.jsonDepth) levels (jsonDepth)" }
    return marks > EncodingLimits.combiningMarks ? "a text \(MalformedRow.manyMarks)" : nil
  }
}

extension DecodingError {
  /// What went wrong, naming the field, in at most ``Limits/messageLength`` bytes.
  var explanation: String { fullExplanation.bounded(to: Limits.messageLength) }

  private var fullExplanation: String {
    switch self {
    case .keyNotFound(let key, let context):
      "field '\(Self.name(context.codingPath + [key]))' is missing"
    case .valueNotFound(let type, let context):
      "field '\(Self.name(context.codingPath))' is null, not a \(type)"
    case .typeMismatch(let type, let context):
      "field '\(Self.name(context.codingPath))' is no \(type): \(context.debugDescription)"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? context.debugDescription : "field '\(Self.name(context.codingPath))': \(context.debugDescription)"
    @unknown default: "\(self)"
    }
  }

  private static func name(_ path: [any CodingKey]) -> String {
    path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
  }
}

extension EncodingError {
  /// What went wrong, naming the field.
  var explanation: String {
    guard case .invalidValue(_, let context) = self, !context.codingPath.isEmpty else {
      if case .invalidValue(_, let context) = self { return context.debugDescription }
      return "\(self)"
    }
    return "field '\(context.codingPath.map(\.stringValue).joined(separator: "."))': \(context.debugDescription)"
  }
}
