// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the file storage holds of one asset partition, as a program that knows its layout finds it.
struct Shelf {
  /// The number of the version that `current` shows.
  let current: UInt32?
  /// Versions in their final place, and whether they carry the mark of their promotion.
  let versions: [UInt32: Bool]
  let rejected: Set<UInt32>
  let staging: [String]

  init(of place: Place, in storage: URL) {
    let folder = place.folder(in: storage)
    let names = Self.names(in: folder)
    current = Self.current(in: folder)
    let found = names.compactMap { name in Self.number(name).map { ($0, name) } }
    versions = Dictionary(
      found.map { number, name in
        (number, FileManager.default.fileExists(atPath: folder.appendingPathComponent("\(name)/promoted").path))
      }
    ) { first, _ in first }
    rejected = Set(Self.names(in: folder.appendingPathComponent("rejected")).compactMap(Self.number))
    staging = names.filter { $0.hasPrefix("staging-") }
  }

  static func current(in folder: URL) -> UInt32? {
    let link = folder.appendingPathComponent("current").path
    return (try? FileManager.default.destinationOfSymbolicLink(atPath: link)).flatMap(number)
  }

  /// What an asset has staged and not settled.
  static func unsettled(of asset: String, in storage: URL) -> [String] {
    names(in: Place(asset: asset, partition: "").folder(in: storage).appendingPathComponent("unsettled"))
  }

  /// The number in `v000012-8f3a12bc`.
  static func number(_ folder: String) -> UInt32? {
    guard folder.first == "v", let dash = folder.firstIndex(of: "-") else { return nil }
    return UInt32(folder[folder.index(after: folder.startIndex)..<dash])
  }

  private static func names(in folder: URL) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }
}
