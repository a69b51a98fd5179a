// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import JournalCodec
import JournalConformance
import Orchestrator
import SwiftProtobuf
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

  /// As version 3 wrote it: sets of checks by place, check by check, and those for ever that nothing names any more.
  private func asVersion3(_ state: State) throws -> Data {
    var stored = try PBSnapshot(serializedBytes: JournalCodec.encode(state).bytes)
    var sets: [[PBCheckId]] = [[]]
    var places: [UInt32: UInt32] = [0: 0]
    for number in 0..<5 {
      stored.texts.append("gone \(number)")
      sets.append([.with { $0.name = UInt32(stored.texts.count - 1) }])
    }
    for set in stored.checkSets {
      let roster = stored.checkRosters[Int(set.roster)].checks
      let checks = roster.indices.filter { set.members[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }.map { roster[$0] }
      let place = sets.firstIndex(of: checks) ?? sets.count
      if place == sets.count { sets.append(checks) }
      places[set.id] = UInt32(place)
    }
    func place(_ id: UInt32) -> UInt32 { places[id] ?? .max }
    for index in stored.ledgers.indices {
      stored.ledgers[index].passed = stored.ledgers[index].passed.map(place)
      stored.ledgers[index].failed = stored.ledgers[index].failed.map(place)
    }
    for run in stored.runs.indices {
      for index in stored.runs[run].made.indices {
        stored.runs[run].made[index].passed = place(stored.runs[run].made[index].passed)
      }
      for index in stored.runs[run].bound.indices {
        stored.runs[run].bound[index].passed = place(stored.runs[run].bound[index].passed)
      }
    }
    (stored.version, stored.checkRosters, stored.lastCheckSet, stored.checkSetGeneration) = (3, [], 0, 0)
    stored.checkSets = sets.map { checks in .with { $0.checks = checks } }
    return try stored.serializedBytes()
  }

  @Test func `a snapshot of version 3 says the same of checks, and sets that nothing names are forgotten`() throws {
    var seen = 0
    try states { index, state in
      let bytes = try asVersion3(state)
      let read = try JournalCodec.decodeState(bytes, checksum: Checksum.crc32(bytes), incarnation: Self.incarnation)
      #expect(read.checkSets.count <= state.checkSets.count, "after event \(index)")
      for (asset, ledger) in state.ledgers {
        for (place, entry) in ledger.touched {
          let found = try #require(read.ledgers[asset])[index: place]
          #expect(read.checkSets[found.passed] == state.checkSets[entry.passed])
          #expect(read.checkSets[found.failed] == state.checkSets[entry.failed])
        }
      }
      for (id, run) in state.runs {
        for (target, made) in run.made {
          let found = try #require(read.runs[id]?.made[target])
          #expect(read.checkSets[found.passed] == state.checkSets[made.passed])
        }
      }
      seen += state.checkSets.count
      let again = try roundTrip(read)
      #expect(again == read)
    }
    #expect(seen > 0)
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
