// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// Where a team's own package takes Sluice from.
package enum SluiceSource: Hashable, Sendable {
  /// A git repository with releases as tags: this one, or a later one of the same API.
  case release(url: String, version: String)
  /// A checkout on this machine, by a path from the package: for trying it out.
  case checkout(path: String)

  /// - Parameters:
  ///   - place: A git URL, or a path.
  ///   - version: The oldest release that will do, of a URL.
  ///   - path: What leads from the package to a place that is a path.
  /// - Throws: ``CommandFailure`` for what cannot stand in a manifest.
  package init(_ place: String, version: String, path: (String) throws -> String) throws {
    guard Self.isURL(place) else {
      self = .checkout(path: try Self.literal(path(place), "the path to Sluice"))
      return
    }
    let numbers = version.split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 3,
      numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) })
    else {
      throw CommandFailure("'\(version)' is no release of Sluice", mend: "write one such as '\(SluiceVersion.current)'")
    }
    self = .release(url: try Self.literal(place, "the URL of Sluice"), version: version)
  }

  /// `https://…`, `ssh://…`, `file:///…`, or git's own `git@host:path`.
  private static func isURL(_ place: String) -> Bool {
    place.contains("://") || place.prefix { $0 != "/" }.contains(":")
  }

  /// Text that stands in a string literal of Swift as it is.
  private static func literal(_ text: String, _ what: Shown) throws -> String {
    guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F && $0 != "\"" && $0 != "\\" })
    else {
      throw CommandFailure(
        "\(what), '\(text)', has characters that cannot stand in Package.swift",
        mend: "name a place without quotes, backslashes and control characters")
    }
    return text
  }

  /// What a manifest lists among its dependencies.
  var dependency: String {
    switch self {
    // Before 1.0 a minor release may change the API.
    case .release(let url, let version) where version.hasPrefix("0."):
      ".package(url: \"\(url)\", .upToNextMinor(from: \"\(version)\"), traits: [])"
    case .release(let url, let version): ".package(url: \"\(url)\", from: \"\(version)\", traits: [])"
    case .checkout(let path): ".package(name: \"sluice\", path: \"\(path)\", traits: [])"
    }
  }

  /// What a manifest calls the package: the last part of a URL, in small letters and without `.git`.
  var package: String {
    guard case .release(let url, _) = self else { return "sluice" }
    let last = url.split { $0 == "/" || $0 == ":" }.last.map { $0.lowercased() } ?? "sluice"
    return last.hasSuffix(".git") ? String(last.dropLast(4)) : last
  }
}
