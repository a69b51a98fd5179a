// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// One version while it is being written.
///
/// Its marker in `unsettled/` is there before its first byte is, so that whatever a crash leaves is found again and discarded. The
/// marker is a symbolic link whose text is the version's id: made whole by one call, durable with its directory.
///
/// A discard may come at any moment, since it does not wait for a closure that ignores its cancellation, or for another process that
/// was cut off. Each holds the partition's lock for its last act, so that what was discarded never comes into place.
///
/// Syncing is what staging costs. Data, record and the three directories that name them are synced before ``commit(_:)`` returns, and
/// nothing else is.
struct FileStaging {
  private let version: VersionID
  private let layout: FileLayout
  private let patience: Duration

  /// - Parameter patience: how long ``commit(_:)`` waits for a settlement in the same partition.
  init(_ version: VersionID, in layout: FileLayout, patience: Duration = StorageLimits.lockPatience) throws {
    self.version = version
    self.layout = layout
    self.patience = patience
    for settled in ["\(layout.final(version))/\(FileSettlement.promotedName)", layout.rejected(version)] {
      if FileSystem.exists(settled) { throw StorageError("\(version) is settled and cannot be staged again (\(settled))") }
    }
    try FileSystem.makeDirectory(layout.unsettled(version.asset))
    try FileSystem.note(String(decoding: JSONCoding.encoder().encode(version), as: UTF8.self), at: layout.marker(version))
    try FileSystem.makeDirectory(layout.place(of: version))
    try FileSystem.remove(layout.staging(version))
    try FileSystem.makeDirectory(layout.staging(version), durably: false)
  }

  static func dataName(_ format: String) -> String { "data.\(Substring(format.utf8.prefix { $0 != UInt8(ascii: "/") }))" }

  func dataFile(format: String) throws -> FileWriter {
    try FileWriter("\(layout.staging(version))/\(Self.dataName(format))")
  }

  /// Moves the folder into place.
  ///
  /// - Returns: the path of the data file; everything is durable by then.
  /// - Throws: ``StorageError`` where the version has been discarded meanwhile.
  func commit(_ record: VersionRecord) throws -> String {
    try refuseDiscarded()
    let encoder = JSONCoding.encoder()
    encoder.outputFormatting.insert(.prettyPrinted)
    try FileSystem.create("\(layout.staging(version))/\(VersionRecord.fileName)", with: encoder.encode(record))
    try FileSystem.sync(directory: layout.staging(version))
    try SettlementLock.holding(layout.lock(of: version), within: patience) {
      try refuseDiscarded()
      try FileSystem.remove(layout.final(version))
      try FileSystem.rename(layout.staging(version), to: layout.final(version))
    }
    try FileSystem.sync(directory: layout.place(of: version))
    try FileSystem.sync(directory: layout.unsettled(version.asset))
    return "\(layout.final(version))/\(Self.dataName(record.format))"
  }

  private func refuseDiscarded() throws {
    guard FileSystem.exists(layout.marker(version)) else { throw StorageError("\(version) was discarded while it was staged") }
  }

  /// Forgets what was written so far.
  func abandon() throws {
    try FileSystem.remove(layout.staging(version))
    if !FileSystem.exists(layout.final(version)) { try FileSystem.remove(layout.marker(version)) }
  }
}
