// SPDX-License-Identifier: Apache-2.0

package import AssetModel

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
}

/// Storage that can tell from a version where it lies.
protocol VersionPlacing {
  /// Whether a locator is one that this storage gives to the version.
  func places(_ version: VersionID, at locator: Locator) -> Bool
}

extension FileIOManager: VersionPlacing {
  /// Compared as text: a link below the root is the loader's to refuse.
  func places(_ version: VersionID, at locator: Locator) -> Bool {
    let path = try? FileLayout.path(of: locator)
    return path == "\(layout.final(version))/\(FileStaging.dataName(locator.format))"
  }
}

extension InMemoryIOManager: VersionPlacing {
  func places(_ version: VersionID, at locator: Locator) -> Bool { locator.uri == Self.uri(of: version) }
}
