// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import Testing

@Suite("Records that lie in their locators")
struct InlineStorageTests {
  private static func location() throws -> LoadedLocation {
    try load {
      Asset("weather/table") { _ in Elsewhere(at: "postgres://db/table", metadata: ["rows": 12]) }
      Asset("weather/nothing") { _ in Elsewhere() }
        .check("is empty") { record, _ in record == Elsewhere() ? .pass : .fail("\(record)") }
      Asset("weather/wide") { _ in
        Elsewhere(at: "postgres://db/wide", metadata: ["text": .text(String(repeating: "x", count: 60_000))])
      }
      Asset("weather/endless") { _ in Elsewhere(at: String(repeating: "x", count: 60_000)) }
      Asset("weather/own") { _ in Elsewhere(at: "s3://bucket") }.stored(by: InMemoryIOManager())
    }
  }

  private static func locator(_ key: String) async throws -> Locator {
    try #require(try await location().materialize(key).staged.first).locator
  }

  @Test func `a record travels in its locator, and storage has nothing to settle`() async throws {
    let location = try Self.location()
    let made = try await location.materialize("weather/table")
    let staged = try #require(made.staged.first)
    #expect(staged.locator.isInline)
    #expect(staged.metadata == ["rows": 12])
    #expect(try await location.runner.unsettled().isEmpty)
    let version = try version(1, of: "weather/table", partition: .only)
    let read = try await location.load(Elsewhere.self, PinnedVersion(version: version, locator: staged.locator))
    #expect(read == Elsewhere(at: "postgres://db/table", metadata: ["rows": 12]))
    for decision in [Settlement.Decision.promote, .promote, .reject, .discard] {
      try await location.runner.settle(Settlement(version: version, decision: decision, locator: staged.locator))
    }
  }

  @Test func `a record of nothing takes no bytes, and its checks read it back`() async throws {
    let made = try await Self.location().materialize("weather/nothing")
    #expect(made.staged.first?.locator.uri == "")
    #expect(made.checked("weather/nothing")?.map(\.outcome) == [.passed])
  }

  @Test func `a reader may have its own view of the record`() async throws {
    struct Address: Codable, Sendable { var address: String? }
    let pinned = PinnedVersion(
      version: try version(1, of: "weather/table", partition: .only), locator: try await Self.locator("weather/table"))
    #expect(try await Self.location().load(Address.self, pinned).address == "postgres://db/table")
  }

  @Test func `metadata beyond the bound shows with the version, and not in the record`() async throws {
    let location = try Self.location()
    let staged = try #require(try await location.materialize("weather/wide").staged.first)
    #expect(staged.metadata.count == 1)
    let read = try await location.load(
      Elsewhere.self, PinnedVersion(version: try version(1, of: "weather/wide", partition: .only), locator: staged.locator))
    #expect(read == Elsewhere(at: "postgres://db/wide"))
  }

  @Test func `an address beyond the bound is an error that names the bound`() async throws {
    guard case .failed(let failure) = try await Self.location().materialize("weather/endless").end else {
      Issue.record("the step did not fail")
      return
    }
    #expect(failure.kind == .output && failure.message.contains("recordBytes"))
  }

  @Test func `an asset's own storage wins`() async throws {
    #expect(try await Self.locator("weather/own").scheme == "memory")
  }
}
