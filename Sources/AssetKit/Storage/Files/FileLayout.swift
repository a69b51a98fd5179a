// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Crypto
import Foundation

/// Where the file IO manager puts what.
///
/// ```
/// weather.hourly/partition=2013-11-03/     (an unpartitioned asset has no such level)
///   current -> v000002-8f3a12bc            moved by promotion only
///   v000002-8f3a12bc/                      data.jsonl, version.json, checks.json; `promoted` once it is
///   rejected/v000001-8f3a12bc/             the same, with the checks that condemned it
///   staging-v000003-8f3a12bc/              being written
/// weather.hourly/unsettled/                one small file for each version that is staged, wholly or partly
/// weather.hourly/.locks/                   one empty file for each partition, closed to others than its owner
/// ```
struct FileLayout: Sendable {
  let root: String

  func asset(_ key: AssetKey) -> String { "\(root)/\(Self.name(key.segments.joined(separator: ".")))" }

  /// The directory of all versions of an asset partition.
  func place(of key: AssetKey, partition: PartitionKey) -> String {
    partition == .only ? asset(key) : "\(asset(key))/\(Self.name("partition=\(partition)"))"
  }

  func place(of version: VersionID) -> String { place(of: version.asset, partition: version.partition) }
  func final(_ version: VersionID) -> String { "\(place(of: version))/\(Self.folder(version))" }
  func staging(_ version: VersionID) -> String { "\(place(of: version))/staging-\(Self.folder(version))" }
  func rejected(_ version: VersionID) -> String { "\(place(of: version))/rejected/\(Self.folder(version))" }
  func unsettled(_ key: AssetKey) -> String { "\(asset(key))/unsettled" }

  /// Hidden, so that nothing takes it for data.
  func lock(of version: VersionID) -> String {
    "\(asset(version.asset))/.locks/\(version.partition == .only ? "whole" : Self.name("partition=\(version.partition)"))"
  }

  func marker(_ version: VersionID) -> String {
    let partition = version.partition == .only ? "" : "-\(version.partition)"
    return "\(unsettled(version.asset))/\(Self.name(Self.folder(version) + partition))"
  }

  static func folder(_ version: VersionID) -> String { folder(number: version.number, incarnation: version.incarnation) }

  private static func folder(number: VersionNumber, incarnation: Incarnation) -> String {
    let digits = String(number)
    return "v\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)-\(incarnation)"
  }

  /// The number and incarnation that a version's folder is named after.
  static func parse(folder: String) -> (number: VersionNumber, incarnation: Incarnation)? {
    let parts = folder.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].first == "v", parts[1].utf8.count == 8, let number = VersionNumber(parts[0].dropFirst()),
      let incarnation = UInt32(parts[1], radix: 16),
      self.folder(number: number, incarnation: Incarnation(incarnation)) == folder
    else { return nil }
    return (number, Incarnation(incarnation))
  }

  /// The layout in which a version's file lies, from its locator: below one of our own roots, and no other directory.
  ///
  /// - Parameter roots: of the storage as it is, and as it was before.
  /// - Throws: ``StorageError`` when the locator is not one of this version, or lies elsewhere.
  static func containing(_ version: VersionID, at locator: Locator, below roots: [String]) throws -> FileLayout {
    let path = try path(of: locator)
    let folder = FileSystem.parent(of: path)
    let relative = FileLayout(root: "").final(version)
    guard folder.hasSuffix(relative) else {
      throw StorageError("\(locator.uri.quoted) is no file of \(version): expected one in …\(relative)")
    }
    let stated = folder.dropLast(relative.count)
    guard let root = roots.first(where: { isSame($0, stated) || FileSystem.real($0).map { isSame($0, stated) } ?? false }) else {
      throw StorageError(
        "\(version) is not settled at '\(path.quoted)': that is not below this location's storage, \(roots.joined(separator: ", ").quoted). "
          + "Where its storage was there before, name that directory in the setting \(FileIOManager.formerSetting) of this location"
      )
    }
    // As the operator names it, so that a link in the locator's path leads nowhere else.
    return FileLayout(root: root)
  }

  /// Compares bytes, as file systems do, and not characters.
  private static func isSame(_ root: String, _ other: some StringProtocol) -> Bool {
    let slash = UInt8(ascii: "/")
    return root.utf8.split(separator: slash).elementsEqual(other.utf8.split(separator: slash)) { $0.elementsEqual($1) }
  }

  /// The path that a locator names.
  ///
  /// - Throws: ``StorageError`` when it is no absolute file URI.
  static func path(of locator: Locator) throws -> String { try uri(of: locator).path }

  /// The absolute URI that a locator is.
  ///
  /// - Throws: ``StorageError``.
  static func uri(of locator: Locator) throws -> FileURI {
    guard locator.scheme == "file" else {
      throw StorageError("'\(locator.uri.quoted)' is no absolute file URI: its scheme is '\(locator.scheme.quoted)'")
    }
    return try FileURI(locator.uri)
  }

  /// A file name for any text: other characters than these are escaped as `%XX`; too long ones end in a hash.
  private static func name(_ text: String) -> String {
    let escaped = text.utf8.map { byte in
      isPlain(byte) ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
    guard escaped.utf8.count > longestName else { return escaped }
    let hash = SHA256.hash(data: Array(text.utf8)).prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return "\(escaped.prefix(longestName - hash.count - 1))~\(hash)"
  }

  /// Leaves room for prefixes and suffixes below the 255 bytes that file systems allow.
  private static let longestName = 200

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122: true
    default: "-_.=+:@".utf8.contains(byte)
    }
  }
}
