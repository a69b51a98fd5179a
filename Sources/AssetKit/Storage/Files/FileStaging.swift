// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// One version while it is being written.
///
/// Its marker in `unsettled/` is there before its first byte is, so that whatever a crash leaves is found again and discarded. The
/// marker is a symbolic link whose text is the version's id: made whole by one call, durable with its directory.
///
/// Syncing is what staging costs. Data, record and the three directories that name them are synced before ``commit(_:)`` returns, and
/// nothing else is.
struct FileStaging {
  private let version: VersionID
  private let layout: FileLayout

  init(_ version: VersionID, in layout: FileLayout) throws {
    self.version = version
    self.layout = layout
    for settled in ["\(layout.final(version))/\(FileSettlement.promotedName)", layout.rejected(version)] {
      if FileSystem.exists(settled) { throw StorageError("\(version) is settled and cannot be staged again (\(settled))") }
    }
    try FileSystem.makeDirectory(layout.unsettled(version.asset))
    try FileSystem.note(String(decoding: JSONCoding.encoder().encode(version), as: UTF8.self), at: layout.marker(version))
    try FileSystem.makeDirectory(layout.place(of: version))
    try FileSystem.remove(layout.staging(version))
    try FileSystem.makeDirectory(layout.staging(version), durably: false)
  }

  static func dataName(_ format: String) -> String { "data.\(format.prefix { $0 != "/" })" }

  func dataFile(format: String) throws -> FileWriter {
    try FileWriter("\(layout.staging(version))/\(Self.dataName(format))")
  }

  /// Moves the folder into place.
  ///
  /// - Returns: the path of the data file; everything is durable by then.
  func commit(_ record: VersionRecord) throws -> String {
    let encoder = JSONCoding.encoder()
    encoder.outputFormatting.insert(.prettyPrinted)
    try FileSystem.create("\(layout.staging(version))/\(VersionRecord.fileName)", with: encoder.encode(record))
    try FileSystem.sync(directory: layout.staging(version))
    try FileSystem.remove(layout.final(version))
    try FileSystem.rename(layout.staging(version), to: layout.final(version))
    try FileSystem.sync(directory: layout.place(of: version))
    try FileSystem.sync(directory: layout.unsettled(version.asset))
    return "\(layout.final(version))/\(Self.dataName(record.format))"
  }

  /// Forgets what was written so far.
  func abandon() throws {
    try FileSystem.remove(layout.staging(version))
    if !FileSystem.exists(layout.final(version)) { try FileSystem.remove(layout.marker(version)) }
  }
}
