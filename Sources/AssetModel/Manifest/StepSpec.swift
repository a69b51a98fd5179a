// SPDX-License-Identifier: Apache-2.0

/// One closure of a team: what it reads, and the one or several assets that it yields, partition by partition.
public struct StepSpec: Hashable, Sendable, Codable {
  /// Unique within the location; the asset's key where it yields one.
  public let name: String
  public let partitions: PartitionSpace
  /// In the order of the closure's parameters.
  public let dependencies: [DependencySpec]
  /// At least one.
  public let outputs: [AssetSpec]
  public let retry: RetryPolicy
  /// How long one attempt may take, checks included.
  public let timeout: Duration
  public let codeVersion: String?

  /// One hour: the timeout of a step that names none.
  public static let defaultTimeout: Duration = .seconds(3_600)

  public init(
    name: String, partitions: PartitionSpace = .single, dependencies: [DependencySpec] = [], outputs: [AssetSpec],
    retry: RetryPolicy = .none, timeout: Duration = StepSpec.defaultTimeout, codeVersion: String? = nil
  ) {
    self.name = name
    self.partitions = partitions
    self.dependencies = dependencies
    self.outputs = outputs
    self.retry = retry
    self.timeout = timeout
    self.codeVersion = codeVersion
  }
}
