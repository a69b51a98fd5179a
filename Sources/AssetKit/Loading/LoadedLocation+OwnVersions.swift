// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation

extension LoadedLocation {
  /// Why a version is none that this location made; nil where it is.
  ///
  /// Its asset must be an output of the location, and its locator one that the asset's storage gives to this version.
  package func refusal(toShow pinned: PinnedVersion) -> String? {
    let asset = pinned.version.asset
    guard let manager = runner.manager(of: asset) else { return "this location does not make '\(asset)'" }
    guard manager.scheme == pinned.locator.scheme else {
      return "'\(asset)' is kept under the scheme '\(manager.scheme)', not '\(pinned.locator.scheme.prefix(Limits.nameLength))'"
    }
    guard (manager as? any VersionPlacing)?.places(pinned.version, at: pinned.locator) ?? true else {
      return "the locator is no place of this version in the storage of '\(asset)'"
    }
    return nil
  }

  /// A version with the locator of where it lies now: storage may put one aside that was rejected.
  package func found(_ pinned: PinnedVersion) -> PinnedVersion {
    guard let manager = runner.manager(of: pinned.version.asset) as? any VersionPlacing else { return pinned }
    return PinnedVersion(version: pinned.version, locator: manager.locator(of: pinned.version, staged: pinned.locator))
  }
}

/// Storage that can tell from a version where it lies.
protocol VersionPlacing {
  /// Whether a locator is one that this storage gives to the version.
  func places(_ version: VersionID, at locator: Locator) -> Bool

  /// Where a version lies now that was staged at a locator of its own.
  func locator(of version: VersionID, staged: Locator) -> Locator
}

extension VersionPlacing {
  func locator(of version: VersionID, staged: Locator) -> Locator { staged }
}

extension FileIOManager: VersionPlacing {
  /// Compared as text: a link below the root is the loader's to refuse.
  func places(_ version: VersionID, at locator: Locator) -> Bool {
    let path = try? FileLayout.path(of: locator)
    return path == "\(layout.final(version))/\(FileStaging.dataName(locator.format))"
  }

  func locator(of version: VersionID, staged: Locator) -> Locator {
    let aside = "\(layout.rejected(version))/\(FileStaging.dataName(staged.format))"
    guard places(version, at: staged), !FileSystem.exists(layout.final(version)), FileSystem.exists(aside) else { return staged }
    return Locator(
      scheme: staged.scheme, uri: URL(fileURLWithPath: aside).absoluteString, format: staged.format, size: staged.size,
      contentHash: staged.contentHash)
  }
}

extension InMemoryIOManager: VersionPlacing {
  func places(_ version: VersionID, at locator: Locator) -> Bool { locator.uri == Self.uri(of: version) }
}
