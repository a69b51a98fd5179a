// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The manifests that a store was given ahead of the batches that name them, as far as is remembered; rows may have gone since.
package struct KeptManifests: Sendable {
  package private(set) var digests: Set<ManifestDigest> = []

  /// How many are remembered; beyond them all are forgotten, and stored again with what names them.
  private static let most = 1_000

  package init() {}

  package mutating func insert(_ digest: ManifestDigest) {
    if digests.count >= Self.most { digests = [] }
    digests.insert(digest)
  }
}
