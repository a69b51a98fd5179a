// SPDX-License-Identifier: Apache-2.0

/// The name of one partition of an asset, such as `2013-11-03`; empty for the only partition of an unpartitioned asset.
public struct PartitionKey: Hashable, Sendable, Comparable, Codable, CustomStringConvertible, ExpressibleByStringLiteral {
  public let description: String

  public init(_ text: some StringProtocol) { description = String(text) }
  public init(stringLiteral text: String) { description = text }
  public init(from decoder: any Decoder) throws { description = try decoder.singleValueContainer().decode(String.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// The only partition of an unpartitioned asset.
  public static let only = PartitionKey("")
  public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}
