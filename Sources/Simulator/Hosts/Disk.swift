// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// A location's storage; it outlives the host.
struct Disk {
  enum Status: Hashable { case staged, promoted, rejected }

  private(set) var versions: [VersionID: Status] = [:]
  /// What consumers read; only a promotion moves it, and never to a lower number.
  private(set) var current: [AssetPartition: VersionNumber] = [:]
  private var deleted: [VersionID] = []

  mutating func stage(_ version: VersionID) { versions[version] = .staged }

  /// Shows what was deleted last once more, as storage that was copied back does; false where nothing was.
  mutating func undelete() -> Bool {
    guard let version = deleted.popLast(), versions[version] == nil else { return false }
    versions[version] = .staged
    return true
  }

  /// Carries out a decision; idempotent.
  ///
  /// - Throws: what makes the decision absurd for a version that was settled before.
  mutating func settle(_ version: VersionID, _ decision: Settlement.Decision) throws(Violation) {
    let before = versions[version]
    switch decision {
    case .promote:
      guard before == .staged || before == .promoted else {
        throw Violation(.lastKnownGood, "\(version) is to be promoted, and is \(before.map { "\($0)" } ?? "not there")")
      }
      versions[version] = .promoted
      let target = AssetPartition(version.asset, version.partition)
      current[target] = max(current[target] ?? 0, version.number)
    case .reject:
      if before == .promoted { throw Violation(.lastKnownGood, "\(version) is to be rejected, and was promoted") }
      if before != nil { versions[version] = .rejected }
    case .discard:
      if before == .promoted { throw Violation(.lastKnownGood, "\(version) is to be discarded, and was promoted") }
      if before == .staged {
        versions[version] = nil
        deleted.append(version)
      }
    }
  }

  var staged: [VersionID] {
    versions.filter { $0.value == .staged }.keys
      .sorted { ($0.asset, $0.partition, $0.number) < ($1.asset, $1.partition, $1.number) }
  }
}
