// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Synchronization
import Testing

struct Reading: Codable, Sendable, Hashable {
  var origin: String
  var hour: Int
  var gust: Double?
}

extension Rows<Reading> {
  /// Two rows; before the second one a version is discarded.
  init(discarding version: VersionID, in storage: any IOManager) {
    self.init {
      var given = 0
      return {
        given += 1
        if given == 2 { try await storage.discard(version, at: nil) }
        return given > 2 ? nil : Reading(origin: "JFK", hour: given)
      }
    }
  }
}

/// A directory that goes with the test.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("assetkit-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func exists(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(relative)") }
  func text(_ relative: String) throws -> String { try String(contentsOfFile: "\(path)/\(relative)", encoding: .utf8) }

  func names(_ relative: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(relative)").sorted()
  }
}

func version(
  _ number: VersionNumber, of key: String = "weather/hourly", partition: PartitionKey = "2013-11-03",
  incarnation: UInt32 = 0x8f3a_12bc
) throws -> VersionID {
  VersionID(incarnation: Incarnation(incarnation), asset: try AssetKey(key), partition: partition, number: number)
}

/// What a host hears.
final class Reports: StepReporting {
  private let heard = Mutex<[StepReport]>([])
  var all: [StepReport] { heard.withLock { $0 } }
  func keep(_ report: StepReport) { heard.withLock { $0.append(report) } }
  func waitForRoom() async {}

  var end: StepEnd? {
    guard case .finished(_, let end) = all.last else { return nil }
    return end
  }

  var failure: StepFailure? {
    guard case .failed(let failure) = end else { return nil }
    return failure
  }

  var staged: [StagedOutput] {
    all.flatMap { report -> [StagedOutput] in if case .staged(_, let outputs) = report { outputs } else { [] } }
  }

  var lines: [String] {
    all.flatMap { report -> [String] in if case .logged(_, let lines, _) = report { lines.map(\.message) } else { [] } }
  }

  func checked(_ key: String) -> [CheckEvaluation]? {
    for case .checked(_, let asset, let evaluations) in all where asset.description == key { return evaluations }
    return nil
  }

  /// The reports' kinds, logs left out.
  var kinds: [String] {
    all.compactMap { report in
      switch report {
      case .started: "started"
      case .logged: nil
      case .staged(_, let outputs): "staged \(outputs.map(\.asset.description).joined(separator: " "))"
      case .checked(_, let asset, _): "checked \(asset)"
      case .finished: "finished"
      }
    }
  }
}

let attempt = AttemptID(incarnation: Incarnation(0x8f3a_12bc), step: StepID(run: RunID(17), ordinal: 4), number: 1)

func grant(
  _ step: String, partition: PartitionKey = .only, _ work: Grant.Work, within timeout: Duration = .seconds(600),
  leaving timeLeft: Duration? = nil
) -> Grant {
  Grant(
    attempt: attempt, epoch: 1, manifest: ManifestDigest("sha256:0"), step: step, partition: partition, work: work,
    deadline: Timestamp(Date()) + timeout, timeLeft: timeLeft)
}

/// Loads definitions with storage in memory, unless said otherwise.
func load(
  _ name: String = "weather", storage: any IOManager = InMemoryIOManager(), settings: [String: String] = [:],
  @DefinitionsBuilder _ definitions: () -> Definitions
) throws(DefinitionErrors) -> LoadedLocation {
  try LoadedLocation(name: name, definitions: definitions(), configuration: Configuration(settings), storage: storage)
}

extension LoadedLocation {
  /// Runs one step of one asset as a host would.
  func materialize(
    _ key: String, partition: PartitionKey = .only, number: VersionNumber = 1, inputs: [GrantedInput] = [],
    checks: [CheckIdentity]? = nil, within timeout: Duration = .seconds(600),
    leaving timeLeft: Duration? = nil
  ) async throws -> Reports {
    let step = try #require(manifest.steps.first { $0.outputs.contains { $0.key.description == key } || $0.name == key })
    let outputs = try step.outputs.map { output in
      GrantedOutput(
        version: try version(number, of: output.key.description, partition: partition),
        checks: checks ?? output.checks.map(\.identity))
    }
    let reports = Reports()
    await runner.run(
      grant(step.name, partition: partition, .materialize(inputs: inputs, outputs: outputs), within: timeout, leaving: timeLeft),
      reportingTo: reports)
    return reports
  }
}

/// What pins an input to a staged version.
func pinned(_ key: String, _ staged: [(PartitionKey, StagedVersion)]) throws -> GrantedInput {
  GrantedInput(
    asset: try AssetKey(key),
    versions: try staged.map { PinnedVersion(version: try version(1, of: key, partition: $0), locator: $1.locator) })
}

struct Broken: Error, CustomStringConvertible {
  let description: String
  init(_ description: String = "broken") { self.description = description }
}
