// SPDX-License-Identifier: Apache-2.0

/// Which partitions of an upstream asset one partition of a step reads.
public enum PartitionMapping: String, Hashable, Sendable, Codable {
  /// The partition of the same key.
  case identity
  /// Every partition that the upstream declares, fixed when the run is planned.
  case all
}
