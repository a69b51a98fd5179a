// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import LocationWire
import SwiftProtobuf
import Synchronization
import Testing

@Suite struct `Messages as they arrive` {
  private typealias Response = Sluice_Location_V1_SessionResponse

  /// A message with so many bytes of an event of a newer version.
  private func message(bytes: Int, acknowledged: UInt64 = 7) throws -> [UInt8] {
    let text = String(repeating: "x", count: bytes)
    let response = Response.with {
      $0.acknowledged = acknowledged
      $0.events.first = 1
      $0.events.events = [.with { $0.settled.error = text }]
    }
    return try response.serializedBytes()
  }

  /// A deserializer, and the bytes of what it decoded or refused.
  private func deserializer(limit: Int) -> (DeferringDeserializer<Response>, seen: @Sendable () -> [Int]) {
    let seen = Seen()
    return (DeferringDeserializer(BoundedDeserializer(.sessionResponse, limit: limit) { seen.add($0) }), { seen.all })
  }

  private final class Seen: Sendable {
    private let content = Mutex<[Int]>([])
    var all: [Int] { content.withLock { $0 } }
    func add(_ bytes: Int) { content.withLock { $0.append(bytes) } }
  }

  @Test func `a short one is decoded where it arrives`() throws {
    let bytes = try message(bytes: 1_000)
    let (deserializer, seen) = deserializer(limit: 1 << 20)
    let arrived = try deserializer.deserialize(bytes)
    #expect(!arrived.isLong && arrived.bytes == bytes.count)
    #expect(seen() == [bytes.count])
    #expect(try arrived.decoded().acknowledged == 7)
    #expect(seen() == [bytes.count])
  }

  @Test func `a long one is left to who takes it`() throws {
    let bytes = try message(bytes: WireLimits.decodedOnLoop)
    let (deserializer, seen) = deserializer(limit: 1 << 20)
    let arrived = try deserializer.deserialize(bytes)
    #expect(arrived.isLong && arrived.bytes == bytes.count)
    #expect(seen() == [])
    #expect(try arrived.decoded().events.events.count == 1)
    #expect(seen() == [bytes.count])
  }

  @Test func `a refusal comes with the decoding, and what is refused is counted`() throws {
    let bytes = try message(bytes: 200_000)
    let (deserializer, seen) = deserializer(limit: 100_000)
    let arrived = try deserializer.deserialize(bytes)
    let error = #expect(throws: RPCError.self) { try arrived.decoded() }
    #expect(error?.code == .resourceExhausted)
    #expect(seen() == [bytes.count])
  }

  @Test func `a long one with more events than may be is refused`() throws {
    let events = Array(repeating: [0x12, 0] as [UInt8], count: 40_000).flatMap(\.self)
    let arrived = try deserializer(limit: 1 << 20).0.deserialize([0x1a] + varint(events.count) + events)
    let error = #expect(throws: RPCError.self) { try arrived.decoded() }
    #expect(error?.message.contains("eventsPerMessage") == true)
  }

  private func varint(_ number: Int) -> [UInt8] {
    var (rest, result) = (number, [UInt8]())
    while rest >= 128 {
      result.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    return result + [UInt8(rest)]
  }
}
