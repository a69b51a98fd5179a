// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Interned sets of passed or failed checks, so that a partition remembers its own in four bytes (semantics 28).
///
/// Id 0 is the empty set. Whoever keeps an id retains it, and releases it afterwards; a set that nobody keeps is forgotten. An id means
/// the same set for as long as it is kept, and is not given again before all others were: see ``generation``. Ids are given in the order
/// of the journal, so replays agree.
package struct CheckSets: Sendable {
  package typealias ID = UInt32

  private struct Entry: Sendable {
    let set: CheckDraft
    let owner: LocationName?
    var uses: Int
  }

  /// A set with the hash that it was looked up by, so that no table hashes it again as it grows.
  private struct Key: Sharded, Sendable {
    let set: CheckDraft
    let owner: LocationName?
    let hash: Int

    init(_ set: CheckDraft, _ owner: LocationName?) {
      (self.set, self.owner) = (set, owner)
      var hasher = Hasher()
      hasher.combine(set)
      hasher.combine(owner)
      hash = hasher.finalize()
    }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
    var shard: Int { hash }
  }

  /// The id that was given last.
  package private(set) var last: ID
  /// Grows whenever ids begin anew at 1, after four thousand million of them: what is remembered by id counts within one generation.
  package private(set) var generation: UInt32
  private var entries = Shards<ID, Entry>()
  private var ids = Shards<Key, ID>()
  private var rosters: [[CheckIdentity]: CheckRoster] = [:]
  private var setsByRoster: [ObjectIdentifier: Int] = [:]
  private var setsByOwner: [LocationName?: Int] = [:]
  private let limit: Int

  /// - Parameters:
  ///   - last: the id that was given last, from a snapshot.
  ///   - limit: how many distinct sets a location may have.
  package init(last: ID = 0, generation: UInt32 = 0, limit: Int = CheckSetLimits.setsPerLocation) {
    (self.last, self.generation, self.limit) = (last, generation, limit)
  }

  /// How many sets there are beside the empty one.
  package var count: Int { setsByOwner.values.reduce(0, +) }

  package subscript(id: ID) -> Set<CheckIdentity> { entries[id].map { Set($0.set.checks) } ?? [] }

  /// Those of some checks that a set does not have.
  package func missing(of checks: Set<CheckIdentity>, in id: ID) -> Set<CheckIdentity> {
    guard let set = entries[id]?.set else { return checks }
    return checks.filter { !set.contains($0) }
  }

  // MARK: Making sets

  /// The roster of a list of checks: the one that sets have already, where there is one.
  package func roster(_ checks: [CheckIdentity]) -> CheckRoster { rosters[checks] ?? CheckRoster(checks) }

  /// nil for the empty set.
  func draft(_ id: ID) -> CheckDraft? { entries[id]?.set }

  /// The id of a set, which the caller keeps from here on.
  ///
  /// - Parameter coarse: what is remembered instead where the location has as many sets as it may.
  package mutating func intern(
    _ set: CheckDraft, of owner: LocationName?, coarse: (CheckDraft) -> CheckDraft = { $0 }
  ) -> ID {
    if set.isEmpty { return 0 }
    let set = canonical(set)
    let key = Key(set, owner)
    if let id = ids[key] {
      retain(id)
      return id
    }
    guard setsByOwner[owner, default: 0] >= limit else { return add(key) }
    let less = coarse(set)
    if less.isEmpty { return 0 }
    let other = Key(canonical(less), owner)
    guard let id = ids[other] else { return add(other) }
    retain(id)
    return id
  }

  /// The same set over the one roster that all sets of the same checks share.
  private func canonical(_ set: CheckDraft) -> CheckDraft {
    guard setsByRoster[ObjectIdentifier(set.roster)] == nil, let known = rosters[set.roster.checks] else { return set }
    return CheckDraft(known, set.checks)
  }

  private mutating func add(_ key: Key) -> ID {
    repeat {
      last &+= 1
      if last == 0 { generation &+= 1 }
    } while last == 0 || entries[last] != nil
    enter(key, as: last, uses: 1)
    return last
  }

  private mutating func enter(_ key: Key, as id: ID, uses: Int) {
    entries[id] = Entry(set: key.set, owner: key.owner, uses: uses)
    ids[key] = id
    let roster = key.set.roster
    if setsByRoster[ObjectIdentifier(roster)] == nil { rosters[roster.checks] = roster }
    setsByRoster[ObjectIdentifier(roster), default: 0] += 1
    setsByOwner[key.owner, default: 0] += 1
  }

  // MARK: Keeping sets

  package mutating func retain(_ id: ID, _ times: Int = 1) {
    guard id != 0 else { return }
    entries.change(id) { $0?.uses += times }
  }

  package mutating func release(_ id: ID, _ times: Int = 1) {
    guard id != 0 else { return }
    let gone = entries.change(id) { entry -> Entry? in
      entry?.uses -= times
      guard let found = entry, found.uses <= 0 else { return nil }
      entry = nil
      return found
    }
    if let gone { forget(gone) }
  }

  /// Who kept one set keeps another.
  mutating func replace(_ old: ID, with new: ID) {
    guard old != new else { return }
    retain(new)
    release(old)
  }

  private mutating func forget(_ entry: Entry) {
    ids[Key(entry.set, entry.owner)] = nil
    let roster = entry.set.roster
    Self.countDown(&setsByRoster[ObjectIdentifier(roster)])
    if setsByRoster[ObjectIdentifier(roster)] == nil { rosters[roster.checks] = nil }
    Self.countDown(&setsByOwner[entry.owner])
  }

  private static func countDown(_ count: inout Int?) { count = count.flatMap { $0 > 1 ? $0 - 1 : nil } }

  // MARK: As it is stored

  /// Every set but the empty one, by id.
  package var all: [(id: ID, set: CheckDraft, owner: LocationName?)] {
    entries.all.map { ($0.key, $0.value.set, $0.value.owner) }.sorted { $0.id < $1.id }
  }

  /// Takes up a set from a snapshot, which nobody keeps yet.
  ///
  /// - Returns: false where the id or the set is there already.
  package mutating func restore(_ id: ID, _ set: CheckDraft, of owner: LocationName?) -> Bool {
    let key = Key(canonical(set), owner)
    guard id != 0, !set.isEmpty, entries[id] == nil, ids[key] == nil else { return false }
    enter(key, as: id, uses: 0)
    return true
  }

  /// Forgets who keeps what, counts anew, and drops what nobody keeps.
  mutating func recount(_ kept: (inout CheckSets) -> Void) {
    let known = entries.all.map(\.key)
    for id in known { entries.change(id) { $0?.uses = 0 } }
    kept(&self)
    for id in known { release(id, 0) }
  }
}

extension CheckSets: Hashable {
  package static func == (left: Self, right: Self) -> Bool {
    guard (left.last, left.generation, left.count) == (right.last, right.generation, right.count) else { return false }
    return left.entries.all.allSatisfy { id, entry in
      guard let other = right.entries[id] else { return false }
      return (entry.uses, entry.owner) == (other.uses, other.owner) && entry.set.words == other.set.words
        && entry.set.roster.checks == other.set.roster.checks
    }
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(last) }
}
