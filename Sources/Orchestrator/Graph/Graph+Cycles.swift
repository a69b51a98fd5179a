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
    var dependencies = Int.max
    return cycle(through: asset, following: &dependencies)
  }

  private func cycle(through asset: AssetKey, following dependencies: inout Int) -> [AssetKey]? {
    guard let knot = knots[asset] else { return nil }
    return CycleFinder.path(from: asset, within: knotMembers[knot], self, following: &dependencies)
  }

  /// That an asset lies on a cycle, with the path as far as people read it.
  ///
  /// - Parameter dependencies: how many more may be followed to find the path; where they do not suffice, it is left out.
  func cycleNote(on asset: AssetKey, following dependencies: inout Int) -> String {
    if let path = cycle(through: asset, following: &dependencies) {
      return "'\(asset)' lies on a cycle: \(Self.text(of: path))"
    }
    let members = knots[asset].map { knotMembers[$0].count } ?? 1
    return "'\(asset)' lies on a cycle: \(members) assets lie on cycles together; 'sluice why \(asset)' has the path"
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
