// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// The versions that an in-memory IO manager holds.
struct MemoryContents {
  private enum State { case staged, promoted, rejected }

  private struct Entry {
    let bytes: [UInt8]
    let locator: Locator
    /// Grows with each staging; it orders versions of different incarnations.
    let sequence: Int
    var state = State.staged
    var evaluations: [CheckEvaluation] = []
  }

  private struct Place: Hashable {
    let asset: AssetKey
    let partition: PartitionKey
  }

  private var entries: [VersionID: Entry] = [:]
  private var versions: [String: VersionID] = [:]
  private var current: [Place: VersionID] = [:]
  private var staged = 0

  func bytes(at uri: String) -> [UInt8]? { versions[uri].flatMap { entries[$0]?.bytes } }

  func current(of asset: AssetKey, partition: PartitionKey) -> Locator? {
    current[Place(asset: asset, partition: partition)].flatMap { entries[$0]?.locator }
  }

  var unsettled: [VersionID] {
    entries.filter { $0.value.state == .staged }.sorted { $0.value.sequence < $1.value.sequence }.map(\.key)
  }

  mutating func stage(_ version: VersionID, bytes: [UInt8], locator: Locator) throws {
    if let entry = entries[version], entry.state != .staged {
      throw StorageError("\(version) is settled and cannot be staged again")
    }
    staged += 1
    versions[locator.uri] = version
    entries[version] = Entry(bytes: bytes, locator: locator, sequence: staged)
  }

  mutating func record(_ evaluations: [CheckEvaluation], for version: VersionID) {
    entries[version]?.evaluations += evaluations
  }

  mutating func promote(_ version: VersionID, keeping retention: Retention) throws {
    let isSuperseded = isSuperseded(version)
    guard let entry = entries[version] else {
      if isSuperseded { return }
      throw StorageError("\(version) cannot be promoted: this process does not store it")
    }
    guard entry.state != .rejected else { throw StorageError("\(version) is rejected and cannot be promoted") }
    entries[version]?.state = .promoted
    if !isSuperseded { current[Place(asset: version.asset, partition: version.partition)] = version }
    drop(.promoted, like: version, keeping: retention.promoted)
  }

  mutating func reject(_ version: VersionID, keeping retention: Retention) throws {
    guard let entry = entries[version] else { return }
    guard entry.state != .promoted else { throw StorageError("\(version) is promoted and cannot be rejected") }
    entries[version]?.state = .rejected
    drop(.rejected, like: version, keeping: retention.rejected)
  }

  mutating func discard(_ version: VersionID) throws {
    guard current[Place(asset: version.asset, partition: version.partition)] != version else {
      throw StorageError("\(version) is current and cannot be discarded")
    }
    forget(version)
  }

  private mutating func forget(_ version: VersionID) {
    if let entry = entries.removeValue(forKey: version) { versions[entry.locator.uri] = nil }
  }

  private func isSuperseded(_ version: VersionID) -> Bool {
    guard let shown = current[Place(asset: version.asset, partition: version.partition)] else { return false }
    if shown.incarnation == version.incarnation { return shown.number >= version.number }
    return entries[shown]?.sequence ?? 0 >= entries[version]?.sequence ?? 0
  }

  private mutating func drop(_ state: State, like version: VersionID, keeping count: Int) {
    let place = Place(asset: version.asset, partition: version.partition)
    let alike = entries.filter { $0.key.asset == place.asset && $0.key.partition == place.partition && $0.value.state == state }
    for (old, _) in alike.sorted(by: { $0.value.sequence > $1.value.sequence }).dropFirst(count) where current[place] != old {
      forget(old)
    }
  }
}
