// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import Orchestrator
import Workspace

/// An asset that a definition in force reads and no location defines.
///
/// One whose owner has not said yet what it defines is none: locations connect in any order (semantics 26).
package struct UnknownUpstream: Hashable, Sendable {
  /// Whose definition reads it.
  package let reader: LocationName
  package let step: String
  package let upstream: AssetKey
  /// Who would have to define it, by workspace.yaml.
  package let owner: LocationName?

  /// What is wrong, with both keys, and the mend.
  func message(meaning meant: String?) -> String {
    let who = owner.map { "'\($0)' owns that key and does not define it" } ?? "no location of the workspace owns that key"
    return "it reads '\(upstream)', which no location defines: \(who)" + (meant.map { "; did you mean '\($0)'?" } ?? "")
  }
}

/// Looks for what definitions read and nobody defines, within bounds for each location: one that reads a million such keys hides
/// nothing of another, and keeps nobody waiting.
struct UpstreamSearch {
  private let state: State
  private let claims: Claims
  /// How many more dependencies are looked at.
  private var rest: [LocationName: Int] = [:]

  init(_ state: State) {
    self.state = state
    claims = Claims(state.workspace)
  }

  /// What a step reads and nobody defines, the first of it.
  mutating func unknown(of key: StepKey, limit: Int) -> [UnknownUpstream] {
    var found: [UnknownUpstream] = []
    var rest = rest[key.location] ?? QueryLimits.dependenciesPerLocation
    for dependency in state.graph.steps[key]?.dependencies ?? [] where found.count < limit && rest > 0 {
      rest -= 1
      let upstream = dependency.upstream
      // A definition that was refused is said where it was refused.
      guard state.graph.assets[upstream] == nil, state.graph.refusal(of: upstream.description) == nil else { continue }
      let owner = claims.owner(of: upstream)
      if let owner, state.locations[owner]?.manifestContent == nil { continue }
      found.append(UnknownUpstream(reader: key.location, step: key.name, upstream: upstream, owner: owner))
    }
    self.rest[key.location] = rest
    return found
  }
}

/// Which location owns a key by workspace.yaml, whether it defines it or not.
private struct Claims {
  private var owners: [String: LocationName] = [:]

  init(_ workspace: WorkspaceDefinition) {
    for location in workspace.locations { for pattern in location.owns { owners[pattern.description] = location.name } }
  }

  func owner(of asset: AssetKey) -> LocationName? {
    let text = asset.description
    if let owner = owners[text] { return owner }
    for slash in text.indices.reversed() where text[slash] == "/" {
      if let owner = owners[text[..<slash] + "/*"] { return owner }
    }
    return nil
  }
}

extension State {
  /// What definitions in force read and nobody defines, in order.
  package func unknownUpstreams() -> [UnknownUpstream] {
    var search = UpstreamSearch(self)
    var found: [UnknownUpstream] = []
    var (location, most) = (LocationName?.none, 0)
    // In order, and so one location after the other.
    for key in graph.stepKeys {
      if key.location != location { (location, most) = (key.location, found.count + QueryLimits.unknownPerLocation) }
      guard found.count < most else { continue }
      found += search.unknown(of: key, limit: most - found.count)
    }
    return found
  }

  /// The same, the first ones with the key that may have been meant: guessing looks at every key.
  func unknownUpstreamsWithGuesses() -> [(UnknownUpstream, meant: String?)] {
    unknownUpstreams().enumerated().map { ($1, $0 < QueryLimits.guesses ? closestKey(to: $1.upstream) : nil) }
  }

  /// What keeps the steps of assets from ever running, as far as definitions tell: the first that each reads and nobody defines.
  func upstreamProblems(of assets: [AssetKey]) -> [StepKey: String] {
    let guessed = unknownUpstreamsWithGuesses().map { (StepKey(location: $0.reader, name: $0.step), $0.message(meaning: $1)) }
    var problems = Dictionary(guessed) { first, _ in first }
    // Those beyond what is told of their locations, each step once.
    var search = UpstreamSearch(self)
    for step in Set(assets.compactMap { graph.producers[$0] }).sorted() where problems[step] == nil {
      problems[step] = search.unknown(of: step, limit: 1).first?.message(meaning: nil)
    }
    return problems
  }

  /// The location that owns a key by workspace.yaml, whether it defines it or not.
  func claimant(of asset: AssetKey) -> LocationName? {
    Claims(workspace).owner(of: asset)
  }

  /// The key that was meant by one that nobody defines.
  func closestKey(to asset: AssetKey) -> String? {
    Spelling.closest(to: asset.description, among: graph.keys.lazy.map(\.description))
  }
}
