// SPDX-License-Identifier: Apache-2.0

public import AssetModel

/// Cycles: found when the graph is built, and spelled out when somebody asks, since each of a thousand members has a path of its own.
extension Graph {
  /// Whether an asset lies on a cycle, and so is unschedulable.
  public func isOnCycle(_ asset: AssetKey) -> Bool { knots[asset] != nil }

  /// The assets that lie on cycles, sorted.
  public var cyclic: [AssetKey] { knots.keys.sorted() }

  /// A shortest cycle through an asset, which stands at both ends; nil where it lies on none.
  public func cycle(through asset: AssetKey) -> [AssetKey]? {
    knots[asset].map { CycleFinder.path(from: asset, within: knotMembers[$0], self) }
  }

  /// That an asset lies on a cycle, with the path as far as people read it.
  func cycleNote(on asset: AssetKey) -> String {
    "'\(asset)' lies on a cycle: \(Self.text(of: cycle(through: asset) ?? [asset]))"
  }

  /// A path for people: at most ``shown`` of its assets are named.
  public static func text(of path: [AssetKey]) -> String {
    guard path.count > shown, let end = path.last else { return path.map(\.description).joined(separator: " → ") }
    let head = path.prefix(shown - 1).map(\.description).joined(separator: " → ")
    return "\(head) → … (\(path.count - shown) more) → \(end)"
  }

  /// How many assets of a path are named.
  private static let shown = 12
}
