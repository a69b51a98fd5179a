// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import Orchestrator

/// What a store gives back: rows are somebody's bytes, too.
extension FuzzTarget {
  static var journal: [FuzzTarget] {
    [
      FuzzTarget(name: "journal-events") { _ = events($0) },
      FuzzTarget(name: "journal-rows") { rows($0) },
      FuzzTarget(name: "snapshot") { snapshot($0) },
      FuzzTarget(name: "replay") { replay($0) },
    ]
  }

  // MARK: Events

  private static func events(_ bytes: [UInt8]) -> [StampedEvent]? {
    let batch = Data(bytes)
    _ = decoded(refusal: JournalError.self) { try JournalCodec.lastInstant(of: batch) }
    guard let events = decode(batch) else { return nil }
    let written = decoded(refusal: JournalError.self) { try JournalCodec.encode(events).bytes }
    let again = written.flatMap { decode($0) }
    let rewritten = again.flatMap { events in decoded(refusal: JournalError.self) { try JournalCodec.encode(events).bytes } }
    // NaN is not equal to itself: compare what is stored.
    expect(rewritten == written, "events are the same once they were stored")
    return events
  }

  private static func decode(_ batch: Data) -> [StampedEvent]? {
    decoded(refusal: JournalError.self) {
      try JournalCodec.decode(batch) { (_) throws(JournalError) in FuzzSamples.neighbour }
    }
  }

  /// Whatever was journaled, a daemon starts from it.
  private static func replay(_ bytes: [UInt8]) {
    guard let events = events(bytes) else { return }
    var state = State(incarnation: FuzzSamples.incarnation)
    state.evolve(StampedEvent(at: FuzzSamples.instants[0], event: .workspaceLoaded(FuzzSamples.workspace)))
    for event in events { state.evolve(event) }
    var projector = Projector()
    _ = projector.project(events, from: 1)
    var core = Core(state)
    _ = core.decide(.begin(1), at: FuzzSamples.instants[1])
    _ = core.decide(.tick, at: FuzzSamples.instants[2])
  }

  // MARK: Rows

  private static func rows(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let kind = input.byte()
    let data = Data(input.remaining)
    switch kind % 11 {
    case 0: plan(data)
    case 1: stored(data, { try JournalCodec.decodeInputs($0) }, { try JournalCodec.encode($0) })
    case 2: stored(data, { try JournalCodec.decodeOutcome($0) }, { try JournalCodec.encode($0) })
    case 3: stored(data, { try JournalCodec.decodeFailure($0) }, { try JournalCodec.encode($0) })
    case 4: stored(data, { try JournalCodec.decodeLocator($0) }, { try JournalCodec.encode($0) })
    case 5: stored(data, { try JournalCodec.decodeTrace($0) }, { try JournalCodec.encode($0) })
    case 6: stored(data, { try JournalCodec.decodeMetadata($0) }, { try JournalCodec.encode($0) })
    case 7: stored(data, { try JournalCodec.decodeBackupManifest($0) }, { try JournalCodec.encode($0) })
    case 8: stored(data, { try RowNumbers.decode($0) }, { RowNumbers.encode($0) })
    case 9: _ = decoded(refusal: JournalError.self) { try JournalCodec.decodeDetail(data) }
    default: _ = decoded(refusal: JournalError.self) { try JournalCodec.decodeManifest(data) }
    }
  }

  private static func stored<Value>(
    _ data: Data, _ decode: (Data) throws -> Value, _ encode: (Value) throws -> Data
  ) {
    guard let value = decoded(refusal: JournalError.self, { try decode(data) }) else { return }
    let written = decoded(refusal: JournalError.self) { try encode(value) }
    let again = written.flatMap { written in decoded(refusal: JournalError.self) { try encode(decode(written)) } }
    expect(again == written, "a row is the same once it was stored: \(value)")
  }

  /// Steps are shown page by page, whatever the plan says of itself.
  private static func plan(_ data: Data) {
    stored(data, { try JournalCodec.decodeSteps($0) }, { try JournalCodec.encode($0) })
    guard let steps = decoded(refusal: JournalError.self, { try JournalCodec.decodeSteps(data) }) else { return }
    expect(steps.count >= 0, "a plan has \(steps.count) steps")
    for ordinal in [-1, 0, 1, steps.count - 1, steps.count, .max] { _ = steps[ordinal] }
  }

  // MARK: Snapshots

  private static func snapshot(_ bytes: [UInt8]) {
    let data = Data(bytes)
    guard let state = state(data) else { return }
    let written = decoded(refusal: JournalError.self) { try JournalCodec.encode(state).bytes }
    let again = written.flatMap { self.state($0) }
    expect(again == state, "a state is the same once it was stored")
  }

  private static func state(_ data: Data) -> State? {
    decoded(refusal: JournalError.self) {
      try JournalCodec.decodeState(data, checksum: Checksum.crc32(data), incarnation: FuzzSamples.incarnation)
    }
  }
}
