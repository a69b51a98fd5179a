// SPDX-License-Identifier: Apache-2.0

public import AssetModel
import Foundation

/// Stores versions as files: rows as JSON Lines or CSV, other values as one JSON document.
///
/// A version is one immutable folder, written aside, synced, and renamed into place; `current` is a symbolic link that only
/// promotion moves. Rejected versions lie in `rejected/`, with the checks that condemned them. Readers need no server.
public struct FileIOManager: IOManager {
  private let root: String?
  private let rows: FileFormat
  private let retention: Retention
  private let now: @Sendable () -> Timestamp
  /// What the grace of a version that was replaced goes by.
  private let sweepTime: @Sendable () -> Timestamp
  /// What the reader's operator states, beside the manager's own root.
  private var stated = ReadRoots([])
  /// Where its storage was before, as its operator states.
  private var former = ReadRoots([])
  /// How long a settlement waits for another one.
  package var lockPatience = StorageLimits.lockPatience

  /// - Parameters:
  ///   - root: a directory that every reader sees; without one, that of the setting `SLUICE_STORAGE`, or `.sluice/storage`.
  ///   - format: how rows are stored.
  ///   - retention: how many settled versions are kept.
  public init(root: String? = nil, format: FileFormat = .jsonLines, retention: Retention = Retention()) {
    self.init(root: root, format: format, retention: retention, now: { Timestamp(Date()) }, sweepTime: { SweepClock.now })
  }

  package init(
    root: String?, format: FileFormat, retention: Retention, now: @escaping @Sendable () -> Timestamp,
    sweepTime: (@Sendable () -> Timestamp)? = nil
  ) {
    self.sweepTime = sweepTime ?? now
    self.root = root
    rows = format
    self.retention = retention
    self.now = now
  }

  public var scheme: String { "file" }
  public var formats: [String] { ValueCodec.formats }

  public func configured(by configuration: Configuration) throws -> FileIOManager {
    var copy = self
    if root == nil {
      let chosen = try configuration.optional(Self.setting) ?? Self.defaultRoot
      copy = FileIOManager(root: chosen, format: rows, retention: retention, now: now, sweepTime: sweepTime)
    }
    copy.stated = try ReadRoots(stated: configuration)
    copy.former = try ReadRoots(stated: configuration, in: Self.formerSetting)
    copy.lockPatience = lockPatience
    return copy
  }

  static let setting = "SLUICE_STORAGE"
  /// A version that was staged before the storage moved is read and settled where it was staged. What may be *read* is no reason to
  /// settle anything there, and neither is a locator.
  static let formerSetting = "SLUICE_FORMER_STORAGE"

  private static let defaultRoot = ".sluice/storage"

  /// The directory of all its versions, absolute.
  var place: String { URL(fileURLWithPath: root ?? Self.defaultRoot).standardizedFileURL.path }

  var layout: FileLayout { FileLayout(root: place) }

  public func output<Value: Codable & Sendable>(for type: Value.Type) -> OutputSpec {
    OutputSpec(scheme: scheme, format: ValueCodec.format(of: type, rows: rows))
  }

  public func load<Value: Codable & Sendable>(_ type: Value.Type, from locator: Locator) async throws -> Value {
    try await FileLoader(stated.adding([place] + former.paths)).load(type, from: locator)
  }

  public func stage<Value: Codable & Sendable>(_ value: Value, as version: VersionID) async throws -> StagedVersion {
    let staging = try FileStaging(version, in: layout, patience: lockPatience)
    do {
      // After the marker is there: a discard that found none came after the cancellation.
      try Task.checkCancellation()
      let format = ValueCodec.format(of: Value.self, rows: rows)
      let data = try staging.dataFile(format: format)
      let count = try await ValueCodec.write(value, as: rows, to: data)
      let hash = try data.finish()
      let path = try staging.commit(
        VersionRecord(version: version, format: format, rows: count, size: data.size, contentHash: hash, staged: now()))
      let uri = URL(fileURLWithPath: path).absoluteString
      return StagedVersion(
        locator: Locator(scheme: scheme, uri: uri, format: format, size: data.size, contentHash: hash),
        metadata: count.map { ["rows": .int(Int64($0))] } ?? [:])
    } catch {
      try? staging.abandon()
      throw error
    }
  }

  public func record(_ evaluations: [CheckEvaluation], for version: VersionID, at locator: Locator) async throws {
    try settlement(of: version, at: locator).record(evaluations)
  }

  public func promote(_ version: VersionID, at locator: Locator) async throws {
    try settlement(of: version, at: locator).promote()
  }

  public func reject(_ version: VersionID, at locator: Locator) async throws {
    try settlement(of: version, at: locator).reject()
  }

  public func discard(_ version: VersionID, at locator: Locator?) async throws {
    try settlement(of: version, at: locator).discard()
  }

  private func settlement(of version: VersionID, at locator: Locator?) throws -> FileSettlement {
    let layout = try locator.map { try FileLayout.containing(version, at: $0, below: [place] + former.paths) } ?? layout
    return FileSettlement(version, in: layout, retention: retention, now: sweepTime(), patience: lockPatience)
  }

  public func unsettled(of assets: [AssetKey]) async throws -> [VersionID] {
    try assets.sorted().flatMap { try UnsettledVersions(of: $0, in: layout).versions }
  }

  public func current(of asset: AssetKey, partition: PartitionKey) async throws -> Locator? {
    let place = layout.place(of: asset, partition: partition)
    guard let folder = FileSystem.target(of: "\(place)/current") else { return nil }
    guard FileLayout.parse(folder: folder) != nil else {
      throw StorageError(
        "\(place)/current points at '\(folder.quoted)', which is no version's folder: point it at one, or remove it")
    }
    let record = try VersionRecord(in: "\(place)/\(folder)")
    let uri = URL(fileURLWithPath: "\(place)/\(folder)/\(FileStaging.dataName(record.format))").absoluteString
    return Locator(scheme: scheme, uri: uri, format: record.format, size: record.size, contentHash: record.contentHash)
  }
}
