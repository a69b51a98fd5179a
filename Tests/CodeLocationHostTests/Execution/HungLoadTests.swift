// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import CodeLocationHost
import Dispatch
import LocationWire
import Logging
import Testing

/// A team's own assets while another team's storage hangs, on a host as it is served.
@Suite(.timeLimit(.minutes(10))) struct HungLoadTests {
  private let release = DispatchSemaphore(value: 0)

  private func location(timeout: String, executor: StepExecutor) throws -> LoadedLocation {
    let definitions = Definitions {
      Loading(with: Blocking(release: release))
      Asset("tests/hung", from: Upstream<Int>("other/a")) { value, _ in value }
      Asset("tests/numbers") { _ in 1 }
    }
    return try LoadedLocation(
      name: "tests", definitions: definitions, configuration: Configuration(["SLUICE_LOAD_TIMEOUT": timeout]),
      storage: InMemoryIOManager(), executor: executor)
  }

  private func grant(_ number: Int, _ key: String, inputs: [GrantedInput], manifest: ManifestDigest) throws -> Command {
    let version = VersionID(incarnation: Samples.incarnation, asset: try AssetKey(key), partition: .only, number: UInt32(number))
    return .grant(
      Grant(
        attempt: Samples.attempt(number), epoch: 1, manifest: manifest, step: key, partition: .only,
        work: .materialize(inputs: inputs, outputs: [GrantedOutput(version: version, checks: [])]),
        deadline: Timestamp(seconds: 4_000_000_000)))
  }

  @Test func `loads that block their threads for good end by the bound, and the location's other asset goes on meanwhile`()
    async throws
  {
    let executor = StepExecutor(slots: 2)
    let location = try location(timeout: "2", executor: executor)
    let digest = ManifestDigest("sha256:1")
    let daemon = try await TestDaemon(
      StepHost(
        runner: location.runner, manifest: digest, slots: 2, executor: executor,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    let input = GrantedInput(
      asset: try AssetKey("other/a"),
      versions: [
        PinnedVersion(
          version: VersionID(incarnation: Samples.incarnation, asset: try AssetKey("other/a"), partition: .only, number: 1),
          locator: Locator(scheme: "blocking", uri: "x", format: "any/1"))
      ])
    try daemon.send(grant(1, "tests/hung", inputs: [input], manifest: digest))
    try daemon.send(grant(2, "tests/numbers", inputs: [], manifest: digest))
    var ends: [(number: Int, end: StepEnd)] = []
    while ends.count < 2 {
      for case .report(.finished(let attempt, let end)) in try await daemon.events(1) { ends.append((attempt.number, end)) }
    }
    #expect(ends.map(\.number) == [2, 1])
    #expect(ends[0].end == .completed)
    guard case .failed(let failure) = ends[1].end else {
      Issue.record("the step that reads what hangs did not fail: \(ends[1].end)")
      return
    }
    #expect(failure.kind == .input && failure.message.contains("SLUICE_LOAD_TIMEOUT"))
    release.signal()
  }
}

/// Blocks its thread, as a network file system does that is away.
private struct Blocking: Loader {
  let release: DispatchSemaphore
  let scheme = "blocking"
  let formats = ["any/1"]

  func load<Value: Codable & Sendable>(_ type: Value.Type, from locator: Locator) async throws -> Value {
    block()
    throw Released()
  }

  private func block() { release.wait() }

  struct Released: Error {}
}
