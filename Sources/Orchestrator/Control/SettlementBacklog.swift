// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What a location is still to be told to settle: it is told in portions, the next as it settles or as time passes.
struct SettlementBacklog: Sendable {
  /// Versions whose decision the state has.
  private var decided: ArraySlice<VersionRef>
  /// Versions that the location lists and the state knows nothing of: the history is asked.
  private var undecided: ArraySlice<VersionID>
  /// Whether something failed meanwhile: everything that is unsettled then is told again after this.
  var isToBeRepeated = false

  init(decided: [VersionRef], undecided: [VersionID] = []) {
    self.decided = decided[...]
    self.undecided = undecided[...]
  }

  var isEmpty: Bool { decided.isEmpty && undecided.isEmpty }

  mutating func nextDecided() -> VersionRef? { decided.popFirst() }

  mutating func nextUndecided(_ count: Int) -> [VersionID] {
    defer { undecided = undecided.dropFirst(count) }
    return Array(undecided.prefix(count))
  }
}
