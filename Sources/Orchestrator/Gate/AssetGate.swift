// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The gates of one asset's partitions, as the ``Gate`` says to a new run, one partition after the other: what is the same for all of them
/// is looked up once.
package struct AssetGate {
  private let blocking: Set<CheckIdentity>
  private let sets: CheckSets
  private var known: [CheckSets.ID: Bool] = [:]

  /// - Parameter asset: one that is defined.
  package init(of asset: AssetKey, in state: State) {
    blocking = state.blockingChecks(of: asset)
    sets = state.checkSets
  }

  /// Whether a partition's gate is open; it exists.
  package mutating func isOpen(_ entry: PartitionEntry) -> Bool {
    guard entry.settled == .promoted else { return false }
    if blocking.isEmpty { return true }
    if let isOpen = known[entry.passed] { return isOpen }
    let isOpen = blocking.isSubset(of: sets[entry.passed])
    known[entry.passed] = isOpen
    return isOpen
  }
}
