// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization

/// Manifests that events were read with, by digest; content never changes.
final class ManifestCache: Sendable {
  /// How many are remembered before it starts over.
  private static let remembered = 64

  private let content = Mutex<[ManifestDigest: Manifest]>([:])

  subscript(digest: ManifestDigest) -> Manifest? { content.withLock { $0[digest] } }

  func keep(_ manifest: Manifest, as digest: ManifestDigest) {
    content.withLock { content in
      if content.count >= Self.remembered { content = [:] }
      content[digest] = manifest
    }
  }
}
