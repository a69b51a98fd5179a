// SPDX-License-Identifier: Apache-2.0

/// Where the bytes of one version are: opaque to the control plane, which never opens one (semantics 22).
public struct Locator: Hashable, Sendable, Codable {
  /// Which loader understands it: `file`, `memory`, …
  public let scheme: String
  /// An absolute address that the reader's host can open.
  public let uri: String
  /// The encoding of the bytes, with its version: `jsonl/1`.
  public let format: String
  /// Bytes, where known.
  public let size: Int64?
  /// A hash of the bytes with its algorithm, `sha256:…`, where known.
  public let contentHash: String?

  public init(scheme: String, uri: String, format: String, size: Int64? = nil, contentHash: String? = nil) {
    self.scheme = scheme
    self.uri = uri
    self.format = format
    self.size = size
    self.contentHash = contentHash
  }

  /// The scheme of locators that hold the whole value themselves.
  public static let inlineScheme = "inline"

  /// Whether the locator itself is the value: storage has nothing to settle.
  public var isInline: Bool { scheme == Self.inlineScheme }
}
