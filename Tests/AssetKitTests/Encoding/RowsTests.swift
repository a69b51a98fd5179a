// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Synchronization
import Testing

@Suite struct `Rows of a value` {
  @Test func `can be iterated again and again`() async throws {
    let rows = Rows((1...3).lazy.map { $0 * 2 })
    #expect(try await rows.collected() == [2, 4, 6])
    #expect(try await rows.collected() == [2, 4, 6])
  }

  @Test func `are written one by one: the next is asked for after the last was taken`() async throws {
    let directory = try TemporaryDirectory()
    let storage = FileIOManager(root: directory.path)
    let ledger = Ledger()
    let rows = Rows<Tracked> {
      var remaining = 5_000
      return {
        if remaining == 0 { return nil }
        remaining -= 1
        return Tracked(ledger, number: remaining)
      }
    }
    let staged = try await storage.stage(rows, as: version(1))
    #expect(staged.metadata == ["rows": 5_000])
    #expect(ledger.peak <= 2)
  }

  @Test func `are read one by one`() async throws {
    let directory = try TemporaryDirectory()
    let storage = FileIOManager(root: directory.path)
    let staged = try await storage.stage((0..<10_000).map { Reading(origin: "JFK", hour: $0) }, as: version(1))
    let rows = try await storage.load(Rows<Reading>.self, from: staged.locator)
    let path = try #require(URL(string: staged.locator.uri)).path
    var iterator = rows.makeAsyncIterator()
    #expect(try await iterator.next()?.hour == 0)
    // The open file lives on without its name: what follows is read from it, not from memory.
    try FileManager.default.removeItem(atPath: path)
    var count = 1
    while try await iterator.next() != nil { count += 1 }
    #expect(count == 10_000)
    await #expect(throws: InputError.self) { try await rows.collected() }
  }

  @Test func `refuse to be a part of another value`() throws {
    struct Holder: Codable { let rows: Rows<Int> }
    #expect(throws: EncodingError.self) { try JSONEncoder().encode(Holder(rows: Rows([1]))) }
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Holder.self, from: Data("{\"rows\":[1]}".utf8)) }
  }

  @Test func `end when the step is cancelled`() async throws {
    let directory = try TemporaryDirectory()
    let storage = FileIOManager(root: directory.path)
    let started = AsyncStream.makeStream(of: Void.self)
    let id = try version(1)
    let staging = Task {
      try await storage.stage(
        Rows<Int> {
          started.continuation.yield()
          return { 1 }
        }, as: id)
    }
    for await _ in started.stream { break }
    staging.cancel()
    await #expect(throws: CancellationError.self) { try await staging.value }
    #expect(try await storage.unsettled(of: [id.asset]) == [])
  }
}

/// How many rows are alive, and were at most.
private final class Ledger: Sendable {
  private let counts = Mutex((alive: 0, peak: 0))
  var peak: Int { counts.withLock { $0.peak } }

  func change(by step: Int) {
    counts.withLock { counts in
      counts.alive += step
      counts.peak = max(counts.peak, counts.alive)
    }
  }
}

/// A row that enters itself in a ledger while it lives.
private final class Tracked: Codable, Sendable {
  private let ledger: Ledger?
  private let number: Int
  private enum CodingKeys: String, CodingKey { case number }

  init(_ ledger: Ledger, number: Int) {
    self.ledger = ledger
    self.number = number
    ledger.change(by: 1)
  }

  init(from decoder: any Decoder) throws {
    ledger = nil
    number = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .number)
  }

  deinit { ledger?.change(by: -1) }
}
