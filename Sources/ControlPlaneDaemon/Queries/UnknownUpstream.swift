// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Workspace

/// An asset that a definition in force reads and no location defines.
///
/// One whose owner has not said yet what it defines is none: locations connect in any order (semantics 26).
struct UnknownUpstream: Hashable, Sendable {
  /// Whose definition reads it.
  let reader: LocationName
  let step: String
  let upstream: AssetKey
  /// Who would have to define it, by workspace.yaml.
  let owner: LocationName?

  /// What is wrong, with both keys, and the mend.
  func message(meaning meant: String?) -> String {
    let who = owner.map { "'\($0)' owns that key and does not define it" } ?? "no location of the workspace owns that key"
    return "it reads '\(upstream)', which no location defines: \(who)" + (meant.map { "; did you mean '\($0)'?" } ?? "")
  }
}

extension State {
  /// How many are looked for at once: beyond it, nobody reads them.
  private static var mostUnknown: Int { 100 }
  /// For how many of them a near key is looked for.
  private static var mostGuesses: Int { 10 }

  /// What definitions in force read and nobody defines, in order; of one asset's step, where one is named.
  func unknownUpstreams(of asset: AssetKey? = nil) -> [UnknownUpstream] {
    let chosen = asset.map { [graph.step(yielding: $0)?.key].compactMap(\.self) } ?? graph.steps.keys.sorted()
    var found: [UnknownUpstream] = []
    for key in chosen where found.count < Self.mostUnknown {
      for dependency in graph.steps[key]?.dependencies ?? [] where graph.assets[dependency.upstream] == nil {
        let owner = claimant(of: dependency.upstream)
        if let owner, locations[owner]?.manifestContent == nil { continue }
        // A definition that was refused is said where it was refused.
        if graph.refusals.contains(where: { $0.definition == dependency.upstream.description }) { continue }
        found.append(UnknownUpstream(reader: key.location, step: key.name, upstream: dependency.upstream, owner: owner))
      }
    }
    return found
  }

  /// The same, the first ones with the key that may have been meant: guessing looks at every key, on the engine's loop.
  func unknownUpstreamsWithGuesses() -> [(UnknownUpstream, meant: String?)] {
    unknownUpstreams().enumerated().map { ($1, $0 < Self.mostGuesses ? closestKey(to: $1.upstream) : nil) }
  }

  /// The location that owns a key by workspace.yaml, whether it defines it or not.
  func claimant(of asset: AssetKey) -> LocationName? {
    workspace.locations.first { $0.owns.contains { $0.matches(asset) } }?.name
  }

  /// The key that was meant by one that nobody defines.
  func closestKey(to asset: AssetKey) -> String? {
    Spelling.closest(to: asset.description, among: graph.assets.keys.lazy.map(\.description))
  }
}
