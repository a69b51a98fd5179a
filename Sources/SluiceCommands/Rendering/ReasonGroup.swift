// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI

/// Reasons that say the same of several partitions of one asset, shown as one.
struct ReasonGroup {
  let first: GateReason
  private var last: GateReason
  private var count = 1

  private init(_ reason: GateReason) {
    first = reason
    last = reason
  }

  /// `2013-01-06`, or `2013-01-06 … 2013-02-19, 45 in all`.
  var partitions: Shown { count == 1 ? first.partition.shown : "\(first.partition) … \(last.partition), \(count) in all" }

  /// The version where the group is one reason.
  var version: UInt32? { count == 1 ? first.version : nil }

  /// Groups neighbours; a reason with causes of its own stays alone, since those differ.
  static func groups(of reasons: [GateReason]) -> [ReasonGroup] {
    var groups: [ReasonGroup] = []
    for reason in reasons {
      if let index = groups.indices.last, groups[index].admits(reason) {
        groups[index].last = reason
        groups[index].count += 1
      } else {
        groups.append(ReasonGroup(reason))
      }
    }
    return groups
  }

  private func admits(_ reason: GateReason) -> Bool {
    first.because.isEmpty && reason.because.isEmpty && first.omitted == 0 && reason.omitted == 0
      && first.kind == reason.kind && first.asset == reason.asset && first.partition != reason.partition
      && first.check == reason.check && first.outcome == reason.outcome && first.message == reason.message
      && first.metadata == reason.metadata
  }
}
