// SPDX-License-Identifier: Apache-2.0

public import AssetModel

extension Graph {
  /// The accepted assets that a selection means, sorted; within one location where given.
  ///
  /// Ancestors and descendants are transitive; those that nobody defines are left out.
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedSelection`` when a clause matches nothing, naming near keys.
  public func resolve(_ selection: Selection, within location: LocationName? = nil) throws(ModelError) -> [AssetKey] {
    if selection == .all, location == nil { return keys }
    var result: Set<AssetKey> = []
    for clause in selection.clauses {
      let matched = Set(matches(clause.term))
      guard !matched.isEmpty || clause.term == .all else { throw unmatched(clause.term) }
      result.formUnion(matched)
      if clause.ancestors { result.formUnion(closure(of: matched) { upstreams(of: $0) }) }
      if clause.descendants { result.formUnion(closure(of: matched) { readers[$0] ?? [] }) }
    }
    return result.filter { assets[$0] != nil && (location == nil || owner(of: $0) == location) }.sorted()
  }

  private func matches(_ term: Selection.Clause.Term) -> [AssetKey] {
    switch term {
    case .all: Array(assets.keys)
    case .key(let key): assets[key] == nil ? [] : [key]
    case .below(let prefix): assets.keys.filter { $0.description.hasPrefix(prefix.description + "/") }
    case .group(let group): assets.values.filter { $0.group == group }.map(\.key)
    }
  }

  private func closure(of start: Set<AssetKey>, _ next: (AssetKey) -> [AssetKey]) -> Set<AssetKey> {
    var seen = start
    var frontier = Array(start)
    while let asset = frontier.popLast() {
      for following in next(asset) where seen.insert(following).inserted { frontier.append(following) }
    }
    return seen
  }

  private func unmatched(_ term: Selection.Clause.Term) -> ModelError {
    switch term {
    case .all: ModelError(.malformedSelection, "no asset is defined")
    case .group(let group): ModelError(.malformedSelection, "no asset is in group '\(group)'")
    case .below(let prefix): ModelError(.malformedSelection, "no asset lies below '\(prefix)/'")
    case .key(let key):
      if let refusal = refusals.first(where: { $0.definition == key.description }) {
        ModelError(.malformedSelection, "asset '\(key)' was refused: \(refusal.reason)")
      } else {
        ModelError(.malformedSelection, "no location defines '\(key)'\(hint(near: key))")
      }
    }
  }

  private func hint(near key: AssetKey) -> String {
    let name = key.segments.last ?? ""
    let near = keys.filter { $0.segments.first == key.segments.first || $0.segments.last == name }.prefix(5)
    return near.isEmpty ? "" : "; near: " + near.map(\.description).joined(separator: ", ")
  }

  /// The given steps in an order in which each comes after those that it reads; steps on a cycle come last.
  package func ordered(_ selected: Set<StepKey>) -> [StepKey] {
    selected.map { (rank: ranks[$0] ?? .max, step: $0) }.sorted { $0.rank < $1.rank }.map(\.step)
  }
}
