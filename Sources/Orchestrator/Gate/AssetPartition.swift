// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// One partition of one asset, by key, so that it means the same under every manifest.
public struct AssetPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let asset: AssetKey
  public let partition: PartitionKey

  public init(_ asset: AssetKey, _ partition: PartitionKey = .only) {
    self.asset = asset
    self.partition = partition
  }

  /// `weather/hourly[2013-11-03]`; just the key where the asset is not partitioned.
  public var description: String { partition == .only ? "\(asset)" : "\(asset)[\(partition)]" }
  public static func < (left: Self, right: Self) -> Bool { (left.asset, left.partition) < (right.asset, right.partition) }
}

/// One version within a store: an asset partition and the version's number.
public struct VersionRef: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let of: AssetPartition
  public let number: VersionNumber

  public init(_ of: AssetPartition, _ number: VersionNumber) {
    self.of = of
    self.number = number
  }

  public var description: String { "\(of) v\(number)" }
  public static func < (left: Self, right: Self) -> Bool { (left.of, left.number) < (right.of, right.number) }
}
