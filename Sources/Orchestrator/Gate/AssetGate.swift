// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The gates of one asset's partitions, as the ``Gate`` says to a new run, one partition after the other: what is the same for all of them
/// is looked up once.
package struct AssetGate {
  private let gate: Gate
  private let partitions: Upstream
  private var scan = GateScan()

  package init(of asset: AssetKey, in state: State, at now: Timestamp) {
    gate = Gate(state, at: now)
    let space = state.graph.partitions(of: asset) ?? .single
    partitions = gate.upstream(DependencyTargets(asset, space, count: space.count(at: now)), .gated, for: nil)
  }

  /// Whether the gate of a partition is open.
  package mutating func isOpen(_ index: Int) -> Bool {
    if case .open = gate.look(at: index, of: partitions, for: nil, &scan) { true } else { false }
  }
}
