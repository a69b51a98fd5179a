// SPDX-License-Identifier: Apache-2.0

/// An asset in a list.
package struct AssetSummary: Hashable, Sendable, Codable {
  package let key: String
  package let location: String
  package let group: String
  package let kinds: [String]
  package let description: String?
  /// Left out, like ``gateOpen``, where the answer looks at as many partitions of other assets as it may.
  package let partitions: PartitionCounts?
  /// What keeps it from ever being made, as far as definitions tell: it reads what no location defines.
  package let problem: String?
  package let gateOpen: Bool?

  package init(
    key: String, location: String, group: String, kinds: [String] = [], description: String? = nil,
    partitions: PartitionCounts?, problem: String? = nil, gateOpen: Bool?
  ) {
    self.key = key
    self.location = location
    self.group = group
    self.kinds = kinds
    self.description = description
    self.partitions = partitions
    self.problem = problem
    self.gateOpen = gateOpen
  }
}
