// SPDX-License-Identifier: Apache-2.0

/// The name that `workspace.yaml` gives a code location, such as `weather`.
///
/// Always one well-formed key segment; see ``AssetKey``.
public struct LocationName: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let description: String

  /// Parses a name.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedLocationName``.
  public init(_ text: some StringProtocol) throws(ModelError) {
    if text.utf8.contains(UInt8(ascii: "/")) {
      throw ModelError(.malformedLocationName, "location name '\(text.quoted)' contains '/': one segment only")
    }
    if let problem = AssetKey.problem(in: text) {
      throw ModelError(.malformedLocationName, "location name '\(text.quoted)' \(problem)")
    }
    description = String(text)
  }

  public static func < (left: LocationName, right: LocationName) -> Bool { left.description < right.description }
}

extension LocationName: Codable {
  public init(from decoder: any Decoder) throws {
    self = try LocationName(decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
