// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// What IO managers are told to carry out, and what they say of it.
extension Core {
  /// Has a decision carried out, where it leaves something for storage to do.
  mutating func settle(_ version: VersionRef, _ decision: Settlement.Decision, of grant: GrantRecord) {
    if state.settlers[version] != nil { perform(.settle(grant.location, version, decision)) }
  }

  /// - Returns: whether anybody waited for it.
  mutating func settle(_ version: VersionID, by location: LocationName) -> Bool {
    guard let reference = awaited(version, at: location) else { return false }
    emit(.settled(reference))
    if let backlog = backlogs.removeValue(forKey: location) { tell(backlog, to: location, decided: 1, undecided: 0) }
    // It had too many: whoever waits for that may go on.
    if unsettled(at: location) == policy.unsettledPerLocation - 1 { agenda.serve(location) }
    return true
  }

  /// Storage refused a settlement: it is said again after a while.
  ///
  /// - Returns: whether it is to be carried out there at all.
  mutating func settlementFailed(_ version: VersionID, at location: LocationName) -> Bool {
    guard awaited(version, at: location) != nil else { return false }
    backlogs[location]?.isToBeRepeated = true
    agenda.remind(at: running + policy.settlementDelay, .settlements(location))
    return true
  }

  private mutating func awaited(_ version: VersionID, at location: LocationName) -> VersionRef? {
    let reference = VersionRef(AssetPartition(version.asset, version.partition), version.number)
    if version.incarnation == state.incarnation, state.locations[location]?.unsettled[reference] != nil { return reference }
    tallies[location, default: LocationTally()].count(.foreignVersion)
    return nil
  }

  /// How many decisions a location has not carried out.
  func unsettled(at location: LocationName) -> Int { state.locations[location]?.unsettled.count ?? 0 }

  // MARK: Telling again

  /// Begins to repeat every decision that has not been carried out, and to find one for versions that are staged without.
  mutating func beginSettlements(at location: LocationName, undecided: [VersionID] = []) {
    let decided = state.locations[location]?.unsettled.keys.sorted() ?? []
    work += decided.count / Self.sortedPerUnit
    let portion = policy.settlementsAtOnce
    tell(SettlementBacklog(decided: decided, undecided: undecided), to: location, decided: portion, undecided: portion)
  }

  /// Storage refused a settlement a while ago, or there was more to settle than is told at once.
  mutating func repeatSettlements(at location: LocationName) {
    guard state.locations[location]?.session != nil else { return }
    guard let backlog = backlogs.removeValue(forKey: location) else { return beginSettlements(at: location) }
    tell(backlog, to: location, decided: policy.settlementsAtOnce, undecided: policy.settlementsAtOnce)
  }

  /// How many versions are put into order in about a microsecond.
  private static let sortedPerUnit = 4

  /// Tells the next of a backlog, and keeps the rest.
  private mutating func tell(_ backlog: SettlementBacklog, to location: LocationName, decided: Int, undecided: Int) {
    var backlog = backlog
    var told = 0
    while told < decided, let version = backlog.nextDecided() {
      // It may have been settled since.
      guard let decision = state.locations[location]?.unsettled[version] else { continue }
      perform(.settle(location, version, decision))
      told += 1
    }
    let asked = backlog.nextUndecided(undecided)
    if !asked.isEmpty { perform(.settleFromHistory(location, asked)) }
    work += told + asked.count
    if !backlog.isEmpty { backlogs[location] = backlog }
    if !backlog.isEmpty || backlog.isToBeRepeated {
      agenda.remind(at: running + policy.settlementDelay, .settlements(location))
    }
  }
}
