// SPDX-License-Identifier: Apache-2.0

/// The name of an asset: one or more segments joined by `/`, such as `weather/hourly`.
///
/// A key is always well formed: each segment matches `[A-Za-z_][A-Za-z0-9_-]*`, and the whole stays within
/// ``Limits/keyLength`` bytes and ``Limits/keySegments`` segments.
public struct AssetKey: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The key as written, segments joined by `/`.
  public let description: String

  /// Parses a key.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedKey``, naming the text and what is wrong with it.
  public init(_ text: some StringProtocol) throws(ModelError) {
    if let problem = Self.problem(in: text) {
      throw ModelError(.malformedKey, "asset key '\(text.quoted)' \(problem)")
    }
    description = String(text)
  }

  /// The segments from left to right; never empty.
  public var segments: [Substring] { description.split(separator: "/") }

  public static func < (left: AssetKey, right: AssetKey) -> Bool { left.description < right.description }

  static func problem(in text: some StringProtocol) -> String? {
    if text.isEmpty { return "is empty: write something like 'team/asset'" }
    if text.utf8.count > Limits.keyLength { return "is longer than \(Limits.keyLength) bytes" }
    if text.utf8.withContiguousStorageIfAvailable({ isPlain($0) }) == true { return nil }
    let segments = text.split(separator: "/", omittingEmptySubsequences: false)
    if segments.count > Limits.keySegments { return "has more than \(Limits.keySegments) segments" }
    for segment in segments {
      guard let first = segment.utf8.first else { return "has an empty segment: remove the extra '/'" }
      guard isLetter(first), segment.utf8.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") })
      else { return "has the segment '\(segment.quoted)': start with a letter, then letters, digits, '_' or '-'" }
    }
    return nil
  }

  /// Whether there is nothing wrong with a key, in one pass: what is wrong is worked out for the few that are.
  private static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var segments = 1
    var isFirst = true
    for byte in bytes {
      if byte == UInt8(ascii: "/") {
        if isFirst { return false }
        segments += 1
        isFirst = true
      } else if isLetter(byte) {
        isFirst = false
      } else {
        guard !isFirst, isDigit(byte) || byte == UInt8(ascii: "-") else { return false }
      }
    }
    return !isFirst && segments <= Limits.keySegments
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte == UInt8(ascii: "_")
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
}

extension AssetKey: Codable {
  public init(from decoder: any Decoder) throws {
    self = try AssetKey(decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
