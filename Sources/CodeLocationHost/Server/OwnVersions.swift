// SPDX-License-Identifier: Apache-2.0

package import AssetKit
package import AssetModel

/// Knows which versions a location made.
package protocol OwnVersions: Sendable {
  /// Why a version is not shown; nil where it is one of the location's own, at a place of its own storage.
  func refusal(toShow pinned: PinnedVersion) -> String?
}

extension LoadedLocation: OwnVersions {}
