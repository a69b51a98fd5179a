// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Testing

/// Storage that hangs ends a load, not the location.
@Suite(.timeLimit(.minutes(10))) struct `A load that never returns` {
  private func location(_ loader: some Loader) throws -> LoadedLocation {
    let definitions = Definitions {
      Loading(with: loader)
      Asset("reader/hung", from: Upstream<Int>("x/y")) { value, _ in value }
      Asset("reader/other") { _ in 1 }
      Asset("reader/checked") { _ in 1 }.stored(by: Hanging()).check("is one") { value, _ in
        value == 1 ? .pass : .fail("\(value)")
      }
      Asset("reader/all", from: Upstream<Int>("x/y", partitions: .keys("a", "b")).all) { all, _ in
        var total = 0
        for try await (_, value) in all { total += value }
        return total
      }
    }
    return try LoadedLocation(
      name: "reader", definitions: definitions, configuration: Configuration(["SLUICE_LOAD_TIMEOUT": "1"]),
      storage: InMemoryIOManager())
  }

  private func inputs(_ partitions: PartitionKey...) throws -> [GrantedInput] {
    [try pinned("x/y", partitions.map { ($0, StagedVersion(locator: Locator(scheme: "hanging", uri: "x", format: "any/1"))) })]
  }

  @Test func `ends its step with an error that names the bound, and holds up no other`() async throws {
    let location = try location(Hanging())
    async let hung = location.materialize("reader/hung", inputs: inputs(.only))
    #expect(try await location.materialize("reader/other").end == .completed)
    let failure = try #require(try await hung.failure)
    #expect(failure.kind == .input && failure.isRetryable)
    #expect(
      failure.message == "x/y v1: loading it took longer than 1 seconds (SLUICE_LOAD_TIMEOUT): its storage is slow or hangs")
  }

  @Test func `ends an iteration over partitions alike`() async throws {
    let failure = try #require(try await location(Hanging()).materialize("reader/all", inputs: inputs("a", "b")).failure)
    #expect(failure.kind == .input && failure.message.contains("SLUICE_LOAD_TIMEOUT"))
  }

  @Test func `makes the checks of a staged version err`() async throws {
    let reports = try await location(Hanging()).materialize("reader/checked")
    let evaluation = try #require(reports.checked("reader/checked")?.first)
    #expect(evaluation.outcome == .errored)
    #expect(evaluation.message?.contains("SLUICE_LOAD_TIMEOUT") == true)
  }

  @Test func `ends at the step's own deadline where that is sooner`() async throws {
    let definitions = Definitions {
      Loading(with: Hanging())
      Asset("reader/hung", from: Upstream<Int>("x/y")) { value, _ in value }
    }
    let location = try LoadedLocation(
      name: "reader", definitions: definitions, configuration: Configuration(), storage: InMemoryIOManager())
    let reports = try await location.materialize("reader/hung", inputs: inputs(.only), within: .milliseconds(20))
    #expect(reports.failure?.kind == .timedOut)
  }
}

/// Ignores everything, cancellation too.
private struct Hanging: IOManager {
  let scheme = "hanging"
  let formats = ["any/1"]

  func output<Value: Codable & Sendable>(for type: Value.Type) -> OutputSpec { OutputSpec(scheme: scheme, format: "any/1") }

  func load<Value: Codable & Sendable>(_ type: Value.Type, from locator: Locator) async throws -> Value {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    await Task { for await _ in stream {} }.value
    continuation.finish()
    throw Broken("it returned")
  }

  func stage<Value: Codable & Sendable>(_ value: Value, as version: VersionID) async throws -> StagedVersion {
    StagedVersion(locator: Locator(scheme: scheme, uri: "x", format: "any/1"))
  }

  func promote(_ version: VersionID, at locator: Locator) async throws {}
  func reject(_ version: VersionID, at locator: Locator) async throws {}
  func discard(_ version: VersionID, at locator: Locator?) async throws {}
  func unsettled(of assets: [AssetKey]) async throws -> [VersionID] { [] }
  func current(of asset: AssetKey, partition: PartitionKey) async throws -> Locator? { nil }
}
