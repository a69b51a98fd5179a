// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// One version while it is being written.
///
/// Its marker in `unsettled/` is durable before its first byte is, so that a crash at any instant leaves nothing that is not
/// found again and discarded.
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
    try FileSystem.write(JSONCoding.encoder().encode(version), to: layout.marker(version))
    try FileSystem.makeDirectory(layout.place(of: version))
    try FileSystem.remove(layout.staging(version))
    try FileSystem.makeDirectory(layout.staging(version))
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
    try FileSystem.write(encoder.encode(record), to: "\(layout.staging(version))/\(VersionRecord.fileName)")
    try FileSystem.remove(layout.final(version))
    try FileSystem.rename(layout.staging(version), to: layout.final(version))
    try FileSystem.sync(directory: layout.place(of: version))
    return "\(layout.final(version))/\(Self.dataName(record.format))"
  }

  /// Forgets what was written so far.
  func abandon() throws {
    try FileSystem.remove(layout.staging(version))
    if !FileSystem.exists(layout.final(version)) { try FileSystem.remove(layout.marker(version)) }
  }
}
