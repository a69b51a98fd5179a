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

    init(asset: AssetKey, partition: PartitionKey) {
      self.asset = asset
      self.partition = partition
    }

    init(_ version: VersionID) { self.init(asset: version.asset, partition: version.partition) }
  }

  private var entries: [VersionID: Entry] = [:]
  private var versions: [String: VersionID] = [:]
  private var current: [Place: VersionID] = [:]
  private var promoted: [Place: SettledVersions] = [:]
  private var rejected: [Place: SettledVersions] = [:]
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
    let place = Place(version)
    if !isSuperseded { current[place] = version }
    guard entry.state != .promoted else { return }
    entries[version]?.state = .promoted
    promoted[place, default: SettledVersions()].insert(version, sequence: entry.sequence)
    let excess = promoted[place]?.removeExcess(keeping: retention.promoted, and: current[place]) ?? []
    for old in excess { forget(old) }
  }

  mutating func reject(_ version: VersionID, keeping retention: Retention) throws {
    guard let entry = entries[version] else { return }
    guard entry.state != .promoted else { throw StorageError("\(version) is promoted and cannot be rejected") }
    guard entry.state != .rejected else { return }
    let place = Place(version)
    entries[version]?.state = .rejected
    rejected[place, default: SettledVersions()].insert(version, sequence: entry.sequence)
    let excess = rejected[place]?.removeExcess(keeping: retention.rejected, and: nil) ?? []
    for old in excess { forget(old) }
  }

  mutating func discard(_ version: VersionID) throws {
    let place = Place(version)
    guard current[place] != version else { throw StorageError("\(version) is current and cannot be discarded") }
    promoted[place]?.remove(version)
    rejected[place]?.remove(version)
    forget(version)
  }

  private mutating func forget(_ version: VersionID) {
    if let entry = entries.removeValue(forKey: version) { versions[entry.locator.uri] = nil }
  }

  private func isSuperseded(_ version: VersionID) -> Bool {
    guard let shown = current[Place(version)] else { return false }
    if shown.incarnation == version.incarnation { return shown.number >= version.number }
    return entries[shown]?.sequence ?? 0 >= entries[version]?.sequence ?? 0
  }
}

/// The promoted or the rejected versions of a place, in the order of their staging: as many as are kept.
private struct SettledVersions {
  private var items: [(version: VersionID, sequence: Int)] = []

  mutating func insert(_ version: VersionID, sequence: Int) {
    let index = items.lastIndex { $0.sequence < sequence }.map { $0 + 1 } ?? 0
    items.insert((version, sequence), at: index)
  }

  mutating func remove(_ version: VersionID) { items.removeAll { $0.version == version } }

  /// Takes out the oldest ones but for so many, and but for the one that is shown.
  mutating func removeExcess(keeping count: Int, and shown: VersionID?) -> [VersionID] {
    let excess = items.dropLast(count).map(\.version).filter { $0 != shown }
    items.removeAll { excess.contains($0.version) }
    return excess
  }
}
