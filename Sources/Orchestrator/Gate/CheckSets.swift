// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Interned sets of passed checks, so that a partition remembers its own in four bytes (semantics 28).
///
/// Id 0 is the empty set; ids are given in the order of the journal, so replays agree.
package struct CheckSets: Hashable, Sendable {
  package typealias ID = UInt32
  /// By id.
  package private(set) var sets: [Set<CheckIdentity>] = [[]]
  private var ids: [Set<CheckIdentity>: ID] = [[]: 0]

  package init() {}

  /// The sets as they were, by id, from a snapshot; nil where they do not begin with the empty one, or repeat.
  package init?(_ sets: [Set<CheckIdentity>]) {
    guard sets.first?.isEmpty == true else { return nil }
    for set in sets.dropFirst() where intern(set) != ID(self.sets.count - 1) { return nil }
    guard self.sets.count == sets.count else { return nil }
  }

  package subscript(id: ID) -> Set<CheckIdentity> { sets[Int(id)] }

  package mutating func intern(_ set: Set<CheckIdentity>) -> ID {
    if let id = ids[set] { return id }
    let id = ID(sets.count)
    sets.append(set)
    ids[set] = id
    return id
  }
}
