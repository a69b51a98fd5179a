// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// The checks that sets name by their places, shared by all sets that are drawn from the same ones.
package final class CheckRoster: Sendable {
  package let checks: [CheckIdentity]
  private let places: [CheckIdentity: Int]

  /// - Parameter checks: repeated ones count once.
  package init(_ checks: some Sequence<CheckIdentity>) {
    var list: [CheckIdentity] = []
    var places: [CheckIdentity: Int] = [:]
    for check in checks where places[check] == nil {
      places[check] = list.count
      list.append(check)
    }
    self.checks = list
    self.places = places
  }

  /// A roster for each of some lists; those of neighbours are one, as far as so many checks are remembered of a version.
  package static func rosters(for lists: [[CheckIdentity]]) -> [CheckRoster] {
    var groups: [(checks: Set<CheckIdentity>, lists: Int)] = []
    for list in lists {
      let both = (groups.last?.checks ?? []).union(list)
      if both.count <= CheckSetLimits.checksPerVersion, let lists = groups.popLast()?.lists {
        groups.append((both, lists + 1))
      } else {
        groups.append((Set(list), 1))
      }
    }
    return groups.flatMap { Array(repeating: CheckRoster($0.checks.sorted()), count: $0.lists) }
  }

  func place(of check: CheckIdentity) -> Int? { places[check] }
  func has(_ check: CheckIdentity) -> Bool { places[check] != nil }
}

/// A set of checks of a roster: a bit each. The first 64 take no memory of their own.
package struct CheckDraft: Hashable, Sendable {
  package let roster: CheckRoster
  private var first: UInt64 = 0
  private var rest: [UInt64] = []

  package init(_ roster: CheckRoster) { self.roster = roster }

  /// The checks of a sequence that the roster has.
  package init(_ roster: CheckRoster, _ checks: some Sequence<CheckIdentity>) {
    self.roster = roster
    for check in checks { insert(check) }
  }

  /// What of a set the roster has.
  init(_ roster: CheckRoster, _ set: CheckDraft?) {
    if let set, set.roster === roster { self = set } else { self.init(roster, set?.checks ?? []) }
  }

  package var isEmpty: Bool { first == 0 && rest.allSatisfy { $0 == 0 } }

  package func contains(_ check: CheckIdentity) -> Bool { roster.place(of: check).map(has) ?? false }

  package mutating func insert(_ check: CheckIdentity) { change(check) { $0 | $1 } }
  package mutating func remove(_ check: CheckIdentity) { change(check) { $0 & ~$1 } }

  package var checks: [CheckIdentity] { roster.checks.indices.lazy.filter(has).map { roster.checks[$0] } }

  private func has(_ place: Int) -> Bool {
    guard place >= 64 else { return first >> UInt64(place) & 1 == 1 }
    let word = place / 64 - 1
    return word < rest.count && rest[word] >> UInt64(place % 64) & 1 == 1
  }

  /// Words up to the last place that was ever set are kept, and trailing ones of 0 are not: equal sets have equal words.
  private mutating func change(_ check: CheckIdentity, _ change: (UInt64, UInt64) -> UInt64) {
    guard let place = roster.place(of: check) else { return }
    let bit: UInt64 = 1 << UInt64(place % 64)
    guard place >= 64 else {
      first = change(first, bit)
      return
    }
    let word = place / 64 - 1
    if word >= rest.count { rest += Array(repeating: 0, count: word - rest.count + 1) }
    rest[word] = change(rest[word], bit)
    while rest.last == 0 { rest.removeLast() }
  }

  // MARK: As it is stored

  package var words: [UInt64] { [first] + rest }

  /// nil where a word names a place that the roster does not have.
  package init?(_ roster: CheckRoster, words: [UInt64]) {
    self.roster = roster
    first = words.first ?? 0
    rest = Array(words.dropFirst())
    guard rest.last != 0 else { return nil }
    let highest = rest.isEmpty ? 63 - first.leadingZeroBitCount : rest.count * 64 + 63 - (rest.last ?? 0).leadingZeroBitCount
    guard highest < roster.checks.count else { return nil }
  }

  // MARK: Equality

  package static func == (left: Self, right: Self) -> Bool {
    left.first == right.first && left.rest == right.rest && left.roster === right.roster
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(roster))
    hasher.combine(first)
    if !rest.isEmpty { hasher.combine(rest) }
  }
}
