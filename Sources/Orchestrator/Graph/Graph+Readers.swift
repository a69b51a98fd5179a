// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Who reads what: kept by step, since each output of a step reads all that the step reads.
extension Graph {
  /// The assets that read an asset directly, sorted; also of one that nobody defines.
  public func readers(of asset: AssetKey) -> [AssetKey] {
    (readingSteps[asset] ?? []).flatMap { steps[$0]?.outputs.map(\.key) ?? [] }.sorted()
  }

  /// What assets read, directly or not, and these themselves; also what nobody defines.
  func ancestors(of assets: Set<AssetKey>) -> Set<AssetKey> {
    closure(of: assets) { asset in
      producers[asset].map { [$0] } ?? []
    } following: { step in
      steps[step]?.dependencies.map(\.upstream) ?? []
    }
  }

  /// What reads assets, directly or not, and these themselves.
  func descendants(of assets: Set<AssetKey>) -> Set<AssetKey> {
    closure(of: assets) { asset in
      readingSteps[asset] ?? []
    } following: { step in
      steps[step]?.outputs.map(\.key) ?? []
    }
  }

  /// Goes from assets to steps and on to their assets, through each step once.
  private func closure(
    of start: Set<AssetKey>, _ next: (AssetKey) -> [StepKey], following: (StepKey) -> [AssetKey]
  ) -> Set<AssetKey> {
    var seen = start
    var passed: Set<StepKey> = []
    var frontier = Array(start)
    while let asset = frontier.popLast() {
      for step in next(asset) where passed.insert(step).inserted {
        for further in following(step) where seen.insert(further).inserted { frontier.append(further) }
      }
    }
    return seen
  }
}
