// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import JournalConformance
import Orchestrator
import Testing

@Suite struct SnapshotTests {
  private static let incarnation = Incarnation(9)

  private func roundTrip(_ state: State) throws -> State {
    let encoded = try JournalCodec.encode(state)
    return try JournalCodec.decodeState(encoded.bytes, checksum: encoded.checksum, incarnation: Self.incarnation)
  }

  /// States along a history of every kind of event, and along a plausible one.
  private func states(_ body: (Int, State) throws -> Void) throws {
    for events in [SampleEvents.everyKind, RandomHistory.events(seed: 5, count: 1_500)] {
      var state = State(incarnation: Self.incarnation)
      for (index, event) in events.enumerated() {
        state.evolve(event)
        if events.count < 100 || index.isMultiple(of: 29) { try body(index, state) }
      }
    }
  }

  @Test func `a state comes back as it was, at any position`() throws {
    let empty = State(incarnation: Self.incarnation)
    #expect(try roundTrip(empty) == empty)
    try states { index, state in
      let isSame = try roundTrip(state) == state
      #expect(isSame, "after event \(index)")
    }
  }

  @Test func `equal states have equal bytes, whatever order their tables have`() throws {
    try states { index, state in
      let (first, second) = (try JournalCodec.encode(state), try JournalCodec.encode(roundTrip(state)))
      #expect(first.bytes == second.bytes, "after event \(index)")
    }
  }

  @Test func `a snapshot that is cut or altered anywhere is refused`() throws {
    var state = State(incarnation: Self.incarnation)
    for event in RandomHistory.events(seed: 6, count: 300) { state.evolve(event) }
    let encoded = try JournalCodec.encode(state)
    for position in stride(from: 0, to: encoded.bytes.count, by: 7) {
      var altered = encoded.bytes
      altered[position] ^= 0x21
      for bytes in [altered, encoded.bytes.prefix(position)] {
        let error = #expect(throws: JournalError.self) {
          try JournalCodec.decodeState(bytes, checksum: encoded.checksum, incarnation: Self.incarnation)
        }
        #expect(error?.code == .damaged)
      }
    }
  }

  @Test func `bytes that were altered with their checksum never trap`() throws {
    var state = State(incarnation: Self.incarnation)
    for event in SampleEvents.everyKind + RandomHistory.events(seed: 6, count: 300) { state.evolve(event) }
    let bytes = try JournalCodec.encode(state).bytes
    var refused = 0
    for position in stride(from: 0, to: bytes.count, by: 3) {
      var altered = bytes
      altered[position] ^= 0x11
      let decoded = try? JournalCodec.decodeState(
        altered, checksum: Checksum.crc32(altered), incarnation: Self.incarnation)
      if decoded == nil { refused += 1 }
    }
    #expect(refused > 0)
  }

  @Test func `a snapshot of another version is refused as too new`() throws {
    // Snapshot { version: 99 }
    let bytes = Data([0x08, 99])
    let error = #expect(throws: JournalError.self) {
      try JournalCodec.decodeState(bytes, checksum: Checksum.crc32(bytes), incarnation: Self.incarnation)
    }
    #expect(error?.code == .tooNew)
  }
}
