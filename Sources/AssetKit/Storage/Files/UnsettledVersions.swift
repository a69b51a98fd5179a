// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Logging

/// The versions of an asset whose markers lie in `unsettled/`.
///
/// Whoever shares the storage can put anything there. Only markers that are named after the very version that they hold, and hold one of
/// this asset, count; others are skipped, and said in the log of the process.
struct UnsettledVersions {
  let versions: [VersionID]

  init(of key: AssetKey, in layout: FileLayout) throws {
    let directory = layout.unsettled(key)
    let (names, hasMore) = try FileSystem.names(in: directory, atMost: StorageLimits.directoryEntries)
    var versions: [VersionID] = []
    var skipped = 0
    for name in names {
      guard let version = Self.version(at: "\(directory)/\(name)", of: key, in: layout) else {
        skipped += 1  // At most the names, which are in memory.
        continue
      }
      versions.append(version)
      if versions.count == StorageLimits.unsettledVersions { break }
    }
    self.versions = versions
    // No overflow: both count names in memory.
    let isCut = hasMore || versions.count + skipped < names.count
    if skipped > 0 || isCut { Self.say(directory, listed: versions.count, skipped: skipped, isCut: isCut) }
  }

  /// A link's text takes at most `PATH_MAX` bytes.
  private static func version(at path: String, of key: AssetKey, in layout: FileLayout) -> VersionID? {
    guard let text = FileSystem.target(of: path),
      let version = try? JSONCoding.decode(VersionID.self, from: Data(text.utf8)), version.asset == key,
      layout.marker(version) == path
    else { return nil }
    return version
  }

  private static func say(_ directory: String, listed: Int, skipped: Int, isCut: Bool) {
    let rest = isCut ? "; the rest is left for later (directoryEntries, unsettledVersions)" : ""
    Logger(label: "storage").warning(
      "\(directory): \(listed) unsettled versions are listed, and \(skipped) entries that are no markers are skipped\(rest)")
  }
}
