// SPDX-License-Identifier: Apache-2.0

/// An asset as its team declares it: one output of a ``StepSpec``.
public struct AssetSpec: Hashable, Sendable, Codable {
  public let key: AssetKey
  public let description: String?
  public let group: String
  public let tags: [String: String]
  public let kinds: [String]
  public let owners: [String]
  /// The locations that may read it, beside its own (semantics 24).
  public let sharedWith: [LocationName]
  public let output: OutputSpec
  public let checks: [CheckSpec]

  public init(
    key: AssetKey, description: String? = nil, group: String = "default", tags: [String: String] = [:],
    kinds: [String] = [], owners: [String] = [], sharedWith: [LocationName] = [], output: OutputSpec, checks: [CheckSpec] = []
  ) {
    self.key = key
    self.description = description
    self.group = group
    self.tags = tags
    self.kinds = kinds
    self.owners = owners
    self.sharedWith = sharedWith
    self.output = output
    self.checks = checks
  }
}

/// How an asset's versions are stored.
public struct OutputSpec: Hashable, Sendable, Codable {
  /// The scheme of its locators.
  public let scheme: String
  /// The format of its bytes, with its version: `jsonl/1`.
  public let format: String
  /// Whether only the process that wrote a version can load it; such an asset cannot be read by another location.
  public let isProcessLocal: Bool

  public init(scheme: String, format: String, isProcessLocal: Bool = false) {
    self.scheme = scheme
    self.format = format
    self.isProcessLocal = isProcessLocal
  }
}
