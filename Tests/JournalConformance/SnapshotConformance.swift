// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import TestSupport

/// What a store owes to snapshots. It asks for no more than the newest one that was saved.
extension JournalConformance {
  static let snapshotCases = [
    ConformanceCase("a new journal has no snapshot", hasNoSnapshotAtFirst),
    ConformanceCase("the snapshot with the highest position is the one that is read, also after opening again", readsNewest),
    ConformanceCase("a snapshot beyond the journal's end is refused, and the one before stays", refusesSnapshotsBeyondTheEnd),
    ConformanceCase("a snapshot's state has the store's incarnation", keepsTheIncarnation),
    ConformanceCase("replaying from any snapshot gives the state that replaying everything gives", replaysFromSnapshots),
  ]

  /// The state after some events.
  static func fold(_ events: some Sequence<StampedEvent>, _ incarnation: Incarnation) -> State {
    var state = State(incarnation: incarnation)
    for event in events { state.evolve(event) }
    return state
  }

  private static func hasNoSnapshotAtFirst(_ store: StoreUnderTest) async throws {
    let reading = try await store.open().journal.snapshot()
    try require(reading.newest == nil && reading.problems.isEmpty, "a new journal has a snapshot")
  }

  private static func readsNewest(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let events = SampleEvents.everyKind
    var position: JournalPosition = 0
    try await append(events, to: journal, epoch: opening.epoch, after: &position)
    for position in [JournalPosition(0), 12, 30, 21] {
      let state = fold(events.prefix(Int(position)), opening.incarnation)
      try await journal.save(JournalSnapshot(position: position, state: state))
    }
    let wanted = JournalSnapshot(position: 30, state: fold(events.prefix(30), opening.incarnation))
    try require(try await journal.snapshot().newest == wanted, "the newest snapshot is another")
    try require(try await store.open().journal.snapshot().newest == wanted, "opened again, the newest snapshot is another")
  }

  private static func refusesSnapshotsBeyondTheEnd(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    var position: JournalPosition = 0
    try await append(SampleEvents.numbered(3), to: journal, epoch: opening.epoch, after: &position)
    let whole = JournalSnapshot(position: 3, state: fold(SampleEvents.numbered(3), opening.incarnation))
    try await journal.save(whole)
    try await requireRefusal(.wrongPosition, "a snapshot at event 4 of 3") {
      try await journal.save(JournalSnapshot(position: 4, state: whole.state))
    }
    try require(try await journal.snapshot().newest == whole, "the snapshot after a refused one is another")
  }

  private static func keepsTheIncarnation(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    try await journal.save(JournalSnapshot(position: 0, state: State(incarnation: opening.incarnation)))
    let state = try await journal.snapshot().newest?.state
    try requireEqual(state?.incarnation, opening.incarnation, "the incarnation of a snapshot's state")
  }

  private static func replaysFromSnapshots(_ store: StoreUnderTest) async throws {
    let (journal, opening) = try await store.open()
    let events = RandomHistory.events(seed: 404, count: 1_200)
    let whole = fold(events, opening.incarnation)
    var random = SplitMix(seed: 17)
    var state = State(incarnation: opening.incarnation)
    var position: JournalPosition = 0
    while position < events.count {
      let batch = Array(events[Int(position)...].prefix(.random(in: 1...60, using: &random)))
      try await append(batch, to: journal, epoch: opening.epoch, after: &position)
      for event in batch { state.evolve(event) }
      guard random.chance(50) else { continue }
      try await journal.save(JournalSnapshot(position: position, state: state))
      guard let read = try await journal.snapshot().newest else { throw ConformanceFailure(description: "no snapshot") }
      try requireEqual(read.position, position, "the position of a snapshot")
      var replayed = read.state
      for event in events[Int(position)...] { replayed.evolve(event) }
      try require(replayed == whole, "the replay from the snapshot at event \(position) differs")
    }
  }
}
