// SPDX-License-Identifier: Apache-2.0

/// What a location owns: an exact key, or a prefix ending in `/*` that covers every key below it at any depth.
///
/// Semantics 25: two patterns that could match one key may not stand in one workspace; see ``overlaps(_:)``.
public struct OwnershipPattern: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let description: String
  private let prefix: AssetKey
  private let isPrefix: Bool

  /// Parses `weather/hourly` or `weather/*`.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedPattern``.
  public init(_ text: some StringProtocol) throws(ModelError) {
    isPrefix = text.hasSuffix("/*")
    let body = isPrefix ? String(text.dropLast(2)) : String(text)
    do {
      prefix = try AssetKey(body)
    } catch {
      throw ModelError(.malformedPattern, "owns pattern '\(text.quoted)': write an asset key, or a prefix ending in '/*'")
    }
    description = String(text)
  }

  /// The pattern that a location has when it names none: `<location>/*`.
  public init(defaultFor location: LocationName) {
    description = "\(location)/*"
    isPrefix = true
    // A location name is one well-formed segment, so it is a well-formed key.
    prefix = AssetKey(wellFormed: location.description)
  }

  /// Whether this pattern covers a key.
  public func matches(_ key: AssetKey) -> Bool {
    isPrefix ? key.description.hasPrefix(prefix.description + "/") : key == prefix
  }

  /// Whether some key could match both patterns.
  public func overlaps(_ other: OwnershipPattern) -> Bool {
    switch (isPrefix, other.isPrefix) {
    case (false, false): prefix == other.prefix
    case (true, false): matches(other.prefix)
    case (false, true): other.matches(prefix)
    case (true, true): prefix == other.prefix || matches(other.prefix) || other.matches(prefix)
    }
  }

  public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}

extension OwnershipPattern: Codable {
  public init(from decoder: any Decoder) throws {
    self = try OwnershipPattern(decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension AssetKey {
  init(wellFormed text: String) { description = text }
}
