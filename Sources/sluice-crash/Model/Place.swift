// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An asset partition; the partition of an unpartitioned asset is empty.
struct Place: Hashable, Sendable, Comparable, CustomStringConvertible {
  let asset: String
  let partition: String

  var description: String { partition.isEmpty ? asset : "\(asset)[\(partition)]" }

  static func < (left: Self, right: Self) -> Bool { (left.asset, left.partition) < (right.asset, right.partition) }

  /// Where the file storage keeps its versions.
  func folder(in storage: URL) -> URL {
    let asset = storage.appendingPathComponent(self.asset.replacingOccurrences(of: "/", with: "."))
    return partition.isEmpty ? asset : asset.appendingPathComponent("partition=\(partition)")
  }
}

/// One step of a run.
struct StepKey: Hashable, Sendable, CustomStringConvertible {
  let run: UInt64
  let ordinal: Int

  var description: String { "\(run).\(ordinal)" }
}
