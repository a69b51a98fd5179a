// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Puts manifests in force, one at a time, with the graph worked out beside the engine's loop: however many assets one location
/// defines, others' steps go on meanwhile.
final class ManifestDesk: Sendable {
  private let turn = Permits(1)

  /// - Throws: what the engine throws.
  func submit(_ manifest: Manifest, _ digest: ManifestDigest, of location: LocationName, to engine: Engine) async throws {
    try await turn.holding {
      // A store that is away says so when the manifest is put in force.
      try? await engine.keep(manifest, digest)
      let state = try await engine.durableState()
      let prepared = PreparedGraph(manifest, digest, of: location, on: state)
      _ = try await engine.submit(.manifestReceived(location, digest, manifest, prepared: prepared))
      // The copy lives until here, so that the graph that was in force goes here and not on the loop.
      withExtendedLifetime(state) {}
    }
  }
}
