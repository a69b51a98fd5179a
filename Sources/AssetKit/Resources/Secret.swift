// SPDX-License-Identifier: Apache-2.0

/// A text that is never printed: descriptions, dumps, mirrors and encoders show `(secret)` in its place.
public struct Secret: Sendable, Codable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  public init(_ text: String) { self.text = text }
  public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

  /// The text itself, for the one call that needs it.
  public func reveal() -> String { text }

  /// Writes `(secret)`, not the text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  public var description: String { "(secret)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
