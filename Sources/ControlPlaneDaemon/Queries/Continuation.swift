// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI

/// The command that continues from root causes, once their teams have mended them.
struct Continuation {
  /// How each asset is partitioned.
  let spaces: [String: PartitionSpace]

  init(facts: [AssetKey: AssetFacts]) {
    spaces = Dictionary(uniqueKeysWithValues: facts.compactMap { key, facts in facts.space.map { (key.description, $0) } })
  }

  /// - Parameter asked: the asset that was asked about; with its descendants it is what a launch completes.
  func command(for roots: [GateReason], isComplete: Bool) -> String? {
    let compute = roots.filter { Self.mendedByComputing.contains($0.kind) }
    let check = roots.filter { $0.kind == .unevaluated && $0.outcome == "unevaluated" }
    let recompute = roots.filter { $0.kind == .unevaluated && $0.outcome != "unevaluated" }
    let commands = [
      launch(compute + recompute, descendants: true, flags: "", isComplete),
      launch(check, descendants: false, flags: " --checks-only", isComplete),
    ]
    let parts = commands.compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " && ")
  }

  /// A root cause with the command that continues from it.
  func complete(_ root: GateReason) -> GateReason { root.with(command: command(for: [root], isComplete: true)) }

  private static let mendedByComputing: Set<GateReason.Kind> = [
    .neverMaterialized, .rejected, .stepFailed, .stepCancelled, .blocked,
  ]

  private func launch(_ roots: [GateReason], descendants: Bool, flags: String, _ isComplete: Bool) -> String? {
    let assets = Set(roots.map(\.asset)).sorted()
    guard !assets.isEmpty else { return nil }
    let selection = assets.map { $0 + (descendants ? "+" : "") }.joined(separator: ",")
    return "sluice materialize \(ShellWord(selection))" + partitions(of: roots, isComplete) + flags
  }

  private func partitions(of roots: [GateReason], _ isComplete: Bool) -> String {
    let named = roots.filter { !$0.partition.isEmpty }
    guard let first = named.first else { return descendantsPartitioned(roots) }
    guard isComplete else { return " --partitions all" }
    let keys = Set(named.map(\.partition))
    guard let space = spaces[first.asset] else {
      return " " + ShellWord.option("--partitions", keys.sorted().joined(separator: ","))
    }
    let indexes = keys.compactMap { space.index(of: PartitionKey($0)) }
    let outside = keys.filter { space.index(of: PartitionKey($0)) == nil }.sorted()
    let text = ([space.describe(PartitionSet(indexes: indexes))] + outside).filter { !$0.isEmpty }.joined(separator: ",")
    return " " + ShellWord.option("--partitions", text)
  }

  /// An unpartitioned root may have partitioned descendants, which a launch has to name.
  private func descendantsPartitioned(_ roots: [GateReason]) -> String {
    let rootAssets = Set(roots.map(\.asset))
    return spaces.contains { !rootAssets.contains($0.key) && $0.value.isPartitioned } ? " --partitions all" : ""
  }
}
