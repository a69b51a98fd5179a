// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// What becomes of one staged version; each operation is idempotent, and holds the lock of the asset partition.
struct FileSettlement {
  /// An empty file in a version's folder: the version was promoted.
  static let promotedName = "promoted"
  private static let checksName = "checks.json"

  private let version: VersionID
  private let layout: FileLayout
  private let retention: Retention
  private let now: Timestamp
  private let patience: Duration
  private var place: String { layout.place(of: version) }
  private var current: String { "\(place)/current" }

  /// - Parameter patience: how long it waits for the lock.
  init(
    _ version: VersionID, in layout: FileLayout, retention: Retention, now: Timestamp,
    patience: Duration = StorageLimits.lockPatience
  ) {
    self.version = version
    self.layout = layout
    self.retention = retention
    self.now = now
    self.patience = patience
  }

  /// Adds what checks found to the version's `checks.json`.
  func record(_ evaluations: [CheckEvaluation]) throws {
    let folder = layout.final(version)
    guard FileSystem.exists(folder), !evaluations.isEmpty else { return }
    try locked {
      let path = "\(folder)/\(Self.checksName)"
      var all: [CheckIdentity: CheckEvaluation] = [:]
      let known =
        FileSystem.exists(path) ? try FileSystem.read(path, atMost: StorageLimits.recordBytes, "recordBytes") : []
      let earlier = (try? JSONCoding.decode([CheckEvaluation].self, from: Data(known))) ?? []
      for evaluation in earlier + evaluations { all[evaluation.check] = evaluation }
      let encoder = JSONCoding.encoder()
      encoder.outputFormatting.insert(.prettyPrinted)
      try FileSystem.replace(path, with: encoder.encode(all.values.sorted { $0.check < $1.check }))
    }
  }

  func promote() throws {
    try locked {
      let folder = layout.final(version)
      guard FileSystem.exists(folder) else {
        if try isSuperseded() { return try settled() }
        throw StorageError("\(version) cannot be promoted: \(folder) is not there")
      }
      let mark = "\(folder)/\(Self.promotedName)"
      if !FileSystem.exists(mark) { try FileSystem.replace(mark, with: []) }
      if try !isSuperseded() {
        try FileSystem.link(current, to: FileLayout.folder(version))
        try FileSystem.sync(directory: place)
      }
      try settled()
      try dropOldPromoted()
    }
  }

  func reject() throws {
    guard FileSystem.exists(place) else { return }
    try locked {
      let folder = layout.final(version)
      if FileSystem.exists(folder) {
        guard !FileSystem.exists("\(folder)/\(Self.promotedName)") else {
          throw StorageError("\(version) is promoted and cannot be rejected")
        }
        let target = layout.rejected(version)
        try FileSystem.makeDirectory(FileSystem.parent(of: target))
        try FileSystem.rename(folder, to: target)
        try FileSystem.sync(directory: FileSystem.parent(of: target))
        try FileSystem.sync(directory: place)
      }
      try settled()
      try dropOldRejected()
    }
  }

  /// The marker goes under the lock, too: staging looks for it there before it moves anything into place.
  func discard() throws {
    guard FileSystem.exists(place) || FileSystem.exists(layout.marker(version)) else { return }
    try holdingLock {
      if FileSystem.exists(place) {
        if FileSystem.target(of: current) == FileLayout.folder(version) {
          throw StorageError("\(version) is current and cannot be discarded")
        }
        for path in [layout.staging(version), layout.final(version), layout.rejected(version)] { try FileSystem.remove(path) }
        try FileSystem.sync(directory: place)
      }
      try settled()
    }
  }

  private func locked<Result>(_ body: () throws -> Result) throws -> Result {
    guard FileSystem.exists(place) else { throw StorageError("\(version) cannot be settled: \(place) is not there") }
    return try holdingLock(body)
  }

  private func holdingLock<Result>(_ body: () throws -> Result) throws -> Result {
    try SettlementLock.holding(layout.lock(of: version), within: patience, body)
  }

  /// Not synced: a marker that comes back with the machine has the version settled once more, which changes nothing.
  private func settled() throws { try FileSystem.remove(layout.marker(version)) }

  /// Whether `current` shows this version or a later one.
  ///
  /// Versions of one incarnation are ordered by number. A restored store counts on from its backup under a new incarnation, so
  /// between incarnations the later staging counts.
  private func isSuperseded() throws -> Bool {
    guard let folder = FileSystem.target(of: current), let shown = FileLayout.parse(folder: folder) else { return false }
    if shown.incarnation == version.incarnation { return shown.number >= version.number }
    guard let staged = try? VersionRecord(in: layout.final(version)).staged else { return true }
    return try VersionRecord(in: "\(place)/\(folder)").staged >= staged
  }

  /// Drops what is no longer kept, at most as often as ``StorageLimits/sweepsPerGrace`` says: looking through the names of all versions
  /// at each promotion would cost the more, the more often an asset is made.
  private func dropOldPromoted() throws {
    let time = Double(now.microseconds) / 1e6
    let grace = Double(retention.grace.wholeMicroseconds) / 1e6
    let lock = layout.lock(of: version)
    // A lock that nobody swept under is as old as itself; one of the future tells nothing.
    if let last = FileSystem.changed(lock), last <= time, time - last < grace / Double(StorageLimits.sweepsPerGrace) { return }
    try FileSystem.touch(lock, at: now)
    let names = try FileSystem.names(in: place, atMost: StorageLimits.directoryEntries).names
    let sweep = RetentionSweep(of: names, shown: FileSystem.target(of: current), keeping: retention.promoted) {
      staged(in: "\(place)/\($0)")
    }
    let dropped = sweep.dropped(replacedBefore: grace > 0 ? time - grace : .infinity) {
      FileSystem.changed("\(place)/\($0)/\(Self.promotedName)")
    }
    for folder in dropped { try FileSystem.remove("\(place)/\(folder)") }
  }

  private func dropOldRejected() throws {
    let directory = "\(place)/rejected"
    let names = try FileSystem.names(in: directory, atMost: StorageLimits.directoryEntries).names
    let folders = names.compactMap { name in
      FileLayout.parse(folder: name).map { (name, $0.number, staged(in: "\(directory)/\(name)") ?? 0) }
    }
    let newestFirst = folders.sorted { ($0.2, $0.1) > ($1.2, $1.1) }.map(\.0)
    for folder in newestFirst.dropFirst(retention.rejected) { try FileSystem.remove("\(directory)/\(folder)") }
  }

  private func staged(in folder: String) -> Int64? { try? VersionRecord(in: folder).staged.microseconds }
}
