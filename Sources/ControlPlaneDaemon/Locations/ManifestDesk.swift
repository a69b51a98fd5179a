// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization

/// Puts manifests in force, one at a time, with the graph worked out beside the engine's loop: however many assets one location
/// defines, others' steps go on meanwhile.
final class ManifestDesk: Sendable {
  private struct Content {
    var isBusy = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let content = Mutex(Content())

  /// - Throws: what the engine throws.
  func submit(_ manifest: Manifest, _ digest: ManifestDigest, of location: LocationName, to engine: Engine) async throws {
    await enter()
    defer { leave() }
    // A store that is away says so when the manifest is put in force.
    try? await engine.keep(manifest, digest)
    let state = try await engine.durableState()
    let prepared = PreparedGraph(manifest, digest, of: location, on: state)
    _ = try await engine.submit(.manifestReceived(location, digest, manifest, prepared: prepared))
    // The copy lives until here, so that the graph that was in force goes here and not on the loop.
    withExtendedLifetime(state) {}
  }

  private func enter() async {
    await withCheckedContinuation { continuation in
      let isFirst = content.withLock { content in
        if content.isBusy {
          content.waiting.append(continuation)
          return false
        }
        content.isBusy = true
        return true
      }
      if isFirst { continuation.resume() }
    }
  }

  private func leave() {
    let next = content.withLock { content -> CheckedContinuation<Void, Never>? in
      if content.waiting.isEmpty {
        content.isBusy = false
        return nil
      }
      return content.waiting.removeFirst()
    }
    next?.resume()
  }
}
