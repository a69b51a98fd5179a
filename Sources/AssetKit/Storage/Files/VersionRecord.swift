// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// What lies beside a version's data, in `version.json`, for programs and people that find the folder.
struct VersionRecord: Codable {
  static let fileName = "version.json"

  let version: VersionID
  let format: String
  let rows: Int?
  let size: Int64
  let contentHash: String
  let staged: Timestamp

  init(version: VersionID, format: String, rows: Int?, size: Int64, contentHash: String, staged: Timestamp) {
    self.version = version
    self.format = format
    self.rows = rows
    self.size = size
    self.contentHash = contentHash
    self.staged = staged
  }

  /// - Throws: ``StorageError`` when it is not there, no regular file, longer than ``StorageLimits/recordBytes``, or no record.
  init(in folder: String) throws {
    let path = "\(folder)/\(Self.fileName)"
    let bytes = try FileSystem.read(path, atMost: StorageLimits.recordBytes, "recordBytes")
    do {
      self = try JSONCoding.decode(VersionRecord.self, from: Data(bytes))
    } catch {
      throw StorageError("\(path) is damaged: \((error as? DecodingError)?.explanation ?? "\(error)")")
    }
  }
}
