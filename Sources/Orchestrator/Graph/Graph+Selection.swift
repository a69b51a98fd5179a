// SPDX-License-Identifier: Apache-2.0

public import AssetModel

extension Graph {
  /// The accepted assets that a selection means, sorted; within one location where given.
  ///
  /// Ancestors and descendants are transitive; those that nobody defines are left out.
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedSelection`` when a clause matches nothing, naming near keys.
  public func resolve(_ selection: Selection, within location: LocationName? = nil) throws(ModelError) -> [AssetKey] {
    var work = 0
    return try resolve(selection, within: location, counting: &work).assets
  }

  /// What a selection means.
  struct Selected {
    /// Sorted.
    let assets: [AssetKey]
    /// Those of them that neither a clause matched nor descend from what one did.
    var ancestors: Set<AssetKey> = []
  }

  /// The same, adding how many assets it has looked at, also where it throws.
  func resolve(
    _ selection: Selection, within location: LocationName?, counting work: inout Int
  ) throws(ModelError) -> Selected {
    if selection == .all {
      let all = location.map { ownKeys[$0] ?? [] } ?? keys
      work += all.count
      return Selected(assets: all)
    }
    var result: Set<AssetKey> = []
    // Each direction is followed once, from everything that asks for it.
    var upward: Set<AssetKey> = []
    var downward: Set<AssetKey> = []
    for clause in selection.clauses {
      let matched = matches(clause.term)
      work += 1 + matched.count
      guard !matched.isEmpty || clause.term == .all else { throw unmatched(clause.term, counting: &work) }
      // What one clause matches is sorted, and each but once.
      if selection.clauses.count == 1, !clause.ancestors, !clause.descendants {
        return Selected(assets: matched.filter { location == nil || owner(of: $0) == location })
      }
      result.formUnion(matched)
      if clause.ancestors { upward.formUnion(matched) }
      if clause.descendants { downward.formUnion(matched) }
    }
    result.formUnion(descendants(of: downward))
    let above = ancestors(of: upward).subtracting(result)
    result.formUnion(above)
    work += result.count
    let selected = result.filter { assets[$0] != nil && (location == nil || owner(of: $0) == location) }.sorted()
    return Selected(assets: selected, ancestors: above)
  }

  private func matches(_ term: Selection.Clause.Term) -> ArraySlice<AssetKey> {
    switch term {
    case .all: keys[...]
    case .key(let key): assets[key] == nil ? [] : [key]
    case .below(let prefix): below(prefix)
    case .group(let group): (groups[group] ?? [])[...]
    }
  }

  /// The keys below a prefix, which lie side by side.
  private func below(_ prefix: AssetKey) -> ArraySlice<AssetKey> {
    let start = prefix.description + "/"
    let first = keys.partitioningIndex { $0.description >= start }
    return keys[first...].prefix { $0.description.hasPrefix(start) }
  }

  private func unmatched(_ term: Selection.Clause.Term, counting work: inout Int) -> ModelError {
    switch term {
    case .all: ModelError(.malformedSelection, "no asset is defined")
    case .group(let group): ModelError(.malformedSelection, "no asset is in group '\(group.quoted)'")
    case .below(let prefix): ModelError(.malformedSelection, "no asset lies below '\(prefix)/'")
    case .key(let key):
      if let reason = refusal(of: key.description) {
        ModelError(.malformedSelection, "asset '\(key)' was refused: \(reason)")
      } else {
        ModelError(.malformedSelection, "no location defines '\(key)'\(hint(near: key, counting: &work))")
      }
    }
  }

  private func hint(near key: AssetKey, counting work: inout Int) -> String {
    let first = key.segments.first.flatMap { try? AssetKey($0) }
    var near = Array((first.map { below($0) } ?? []).prefix(Self.hints))
    if near.count < Self.hints {
      let end = "/" + (key.segments.last ?? "")
      let searched = keys.prefix(GraphLimits.hintKeys)
      work += searched.count
      // A copy: the lazy filter reads while what it finds is appended.
      let below = near
      near += searched.lazy.filter { $0.description.hasSuffix(end) && !below.contains($0) }.prefix(Self.hints - below.count)
    }
    return near.isEmpty ? "" : "; near: " + near.map(\.description).joined(separator: ", ")
  }

  /// How many near keys are named.
  private static let hints = 5

  /// The given steps in an order in which each comes after those that it reads; steps on a cycle come last.
  package func ordered(_ selected: Set<StepKey>) -> [StepKey] {
    selected.map { (rank: ranks[$0] ?? .max, step: $0) }.sorted { $0.rank < $1.rank }.map(\.step)
  }
}

extension [AssetKey] {
  /// The first index from which on a condition holds, where it holds for all that follow one for which it does.
  fileprivate func partitioningIndex(_ holds: (AssetKey) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
