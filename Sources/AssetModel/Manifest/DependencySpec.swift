// SPDX-License-Identifier: Apache-2.0

/// Which version of an upstream partition a reader is bound to (semantics 8).
public enum BindingPolicy: String, Hashable, Sendable, Codable {
  /// The newest settled version, and only while its gate is open.
  case gated
  /// The last promoted version, whatever the gate says; opted into by name.
  case lastKnownGood
}

/// One upstream that a step reads, as the reader declares it.
public struct DependencySpec: Hashable, Sendable, Codable {
  public let upstream: AssetKey
  public let mapping: PartitionMapping
  public let binding: BindingPolicy
  /// The upstream's partitions as the reader believes them; a mismatch with the owner's refuses the reader.
  public let partitions: PartitionSpace
  /// The `scheme` values that the reader's host can load.
  public let loadableSchemes: [String]

  public init(
    upstream: AssetKey, mapping: PartitionMapping = .identity, binding: BindingPolicy = .gated,
    partitions: PartitionSpace = .single, loadableSchemes: [String] = []
  ) {
    self.upstream = upstream
    self.mapping = mapping
    self.binding = binding
    self.partitions = partitions
    self.loadableSchemes = loadableSchemes
  }
}
