// SPDX-License-Identifier: Apache-2.0

/// Everything that the manifest in force and the journal say about an asset.
package struct AssetDetail: Hashable, Sendable, Codable {
  package let key: String
  package let location: String
  package let description: String?
  package let group: String
  package let tags: [String: String]
  package let kinds: [String]
  package let owners: [String]
  package let codeVersion: String?
  /// The step that yields it.
  package let step: String
  package let partitioning: Partitioning
  package let partitions: PartitionCounts
  package let gate: GateState
  package let checks: [DeclaredCheck]
  package let dependencies: [Dependency]
  /// The assets that read it.
  package let dependents: [String]
  /// The locations that may read it, beside its own.
  package let sharedWith: [String]
  /// The newest promoted version of an unpartitioned asset, or of the last partition that has one.
  package let latest: VersionSummary?
  /// What the rows of ``latest`` are made of, where it was asked for and its location says so.
  package var columns: [Column]?

  package init(
    key: String, location: String, description: String? = nil, group: String, tags: [String: String] = [:],
    kinds: [String] = [], owners: [String] = [], codeVersion: String? = nil, step: String, partitioning: Partitioning,
    partitions: PartitionCounts, gate: GateState, checks: [DeclaredCheck] = [], dependencies: [Dependency] = [],
    dependents: [String] = [], sharedWith: [String] = [], latest: VersionSummary? = nil, columns: [Column]? = nil
  ) {
    self.key = key
    self.location = location
    self.description = description
    self.group = group
    self.tags = tags
    self.kinds = kinds
    self.owners = owners
    self.codeVersion = codeVersion
    self.step = step
    self.partitioning = partitioning
    self.partitions = partitions
    self.gate = gate
    self.checks = checks
    self.dependencies = dependencies
    self.dependents = dependents
    self.sharedWith = sharedWith
    self.latest = latest
    self.columns = columns
  }

  /// A column, with its type where the asset's type declares one.
  package struct Column: Hashable, Sendable, Codable {
    package let name: String
    package let type: String?

    package init(name: String, type: String? = nil) {
      self.name = name
      self.type = type
    }
  }

  /// A check as its team declares it now.
  package struct DeclaredCheck: Hashable, Sendable, Codable {
    package let name: String
    package let version: String?
    /// `block` or `warn`.
    package let severity: String
    package let description: String?

    package init(name: String, version: String? = nil, severity: String, description: String? = nil) {
      self.name = name
      self.version = version
      self.severity = severity
      self.description = description
    }
  }

  /// An upstream as the reader declares it.
  package struct Dependency: Hashable, Sendable, Codable {
    package let asset: String
    /// Absent while no location defines it.
    package let location: String?
    /// `identity` or `all`.
    package let mapping: String
    /// `gated` or `lastKnownGood`.
    package let binding: String

    package init(asset: String, location: String? = nil, mapping: String, binding: String) {
      self.asset = asset
      self.location = location
      self.mapping = mapping
      self.binding = binding
    }
  }
}

/// How an asset is partitioned.
package struct Partitioning: Hashable, Sendable, Codable {
  package enum Kind: String, Hashable, Sendable, Codable {
    case single, keys, daily, hourly
  }

  package let kind: Kind
  /// The first and the last partition that exist now; absent for an unpartitioned asset.
  package let first: String?
  package let last: String?
  /// The time zone of windows.
  package let zone: String?
  /// Whether the window that has begun and not ended is a partition, too; absent where it is not.
  package let includesOpenWindow: Bool?

  package init(
    kind: Kind, first: String? = nil, last: String? = nil, zone: String? = nil, includesOpenWindow: Bool? = nil
  ) {
    self.kind = kind
    self.first = first
    self.last = last
    self.zone = zone
    self.includesOpenWindow = includesOpenWindow
  }
}
