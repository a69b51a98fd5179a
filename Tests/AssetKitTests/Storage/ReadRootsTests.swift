// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Testing

/// The roots that the reader's operator states (semantics 22).
@Suite struct `Teams with storage roots of their own` {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func reader(_ settings: [String: String], storage: FileIOManager? = nil) throws -> LoadedLocation {
    let definitions = Definitions {
      if let storage { DefaultStorage(storage) }
      Asset("reader/copy", from: Upstream<[Reading]>("weather/hourly")) { rows, _ in rows }
        .check("has rows") { rows, _ in rows.isEmpty ? .fail("no rows") : .pass }
      Asset("reader/again", from: Upstream<[Reading]>("reader/copy")) { rows, _ in rows }
    }
    return try LoadedLocation(name: "reader", definitions: definitions, configuration: Configuration(settings))
  }

  private func input() async throws -> GrantedInput {
    let writer = FileIOManager(root: "\(directory.path)/weather")
    let id = try version(1, partition: .only)
    return try pinned("weather/hourly", [(.only, try await writer.stage([Reading(origin: "JFK", hour: 1)], as: id))])
  }

  @Test func `read nothing of each other's until the reader's operator says so`() async throws {
    let own = ["SLUICE_STORAGE": "\(directory.path)/reader"]
    let refused = try await reader(own).materialize("reader/copy", inputs: [input()])
    let failure = try #require(refused.failure)
    #expect(failure.kind == .input && !failure.isRetryable)
    #expect(failure.message.contains("\(directory.path)/weather/weather.hourly/v000001-8f3a12bc/data.jsonl"))
    #expect(failure.message.contains("SLUICE_READ_ROOTS") && failure.message.contains("\(directory.path)/reader"))

    let stated = own.merging(["SLUICE_READ_ROOTS": "\(directory.path)/other:\(directory.path)/weather"]) { $1 }
    let location = try reader(stated)
    let allowed = try await location.materialize("reader/copy", inputs: [input()])
    #expect(allowed.end == .completed)
    #expect(allowed.checked("reader/copy")?.map(\.outcome) == [.passed])
    // What the setting adds takes nothing away: the location's own assets are read as before.
    let copy = try #require(allowed.staged.first)
    let again = try await location.materialize(
      "reader/again", inputs: [pinned("reader/copy", [(.only, StagedVersion(locator: copy.locator))])])
    #expect(again.end == .completed)
  }

  @Test func `share one root without a word, as 'sluice dev' has it`() async throws {
    let shared = try await reader(["SLUICE_STORAGE": "\(directory.path)/weather"]).materialize("reader/copy", inputs: [input()])
    #expect(shared.end == .completed)
  }

  @Test func `may name the root in code, and still share another`() async throws {
    let code = FileIOManager(root: "\(directory.path)/reader")
    let location = try reader(["SLUICE_STORAGE": "\(directory.path)/weather"], storage: code)
    #expect(try await location.materialize("reader/copy", inputs: [input()]).end == .completed)
  }

  @Test(arguments: ["data", "/data:../x", "/data/../etc", "~/data", "/data/../\u{301}etc"])
  func `are told of a root that is no absolute path`(_ value: String) throws {
    let error = #expect(throws: DefinitionErrors.self) { try reader(["SLUICE_READ_ROOTS": value]) }
    #expect(try #require(error).description.contains("SLUICE_READ_ROOTS names '"))
    #expect(try #require(error).description.contains("which is no absolute path"))
  }

  @Test(arguments: ["0", "-1", "86401", "9223372036854775807"])
  func `are told of a load timeout that is none`(_ value: String) throws {
    let error = #expect(throws: DefinitionErrors.self) { try reader(["SLUICE_LOAD_TIMEOUT": value]) }
    #expect(try #require(error).description.contains("SLUICE_LOAD_TIMEOUT is \(value): give seconds, from 1 to 86400"))
  }
}
