// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// What targets hold the decoded values against.
enum FuzzSamples {
  /// A literal of a target: one that is malformed ends the fuzzer at once, and is seen.
  static func key(_ text: String) -> AssetKey {
    guard let key = try? AssetKey(text) else { preconditionFailure("'\(text)' is no key") }  // A literal of ours.
    return key
  }

  /// As ``key(_:)``.
  static func name(_ text: String) -> LocationName {
    guard let name = try? LocationName(text) else { preconditionFailure("'\(text)' is no name") }  // A literal of ours.
    return name
  }

  static let digest = ManifestDigest("sha256:" + String(repeating: "ab", count: 32))
  static let incarnation = Incarnation(7)

  /// A second team, whose asset is read by nobody yet and that reads what a fuzzed manifest may define.
  static let neighbour = Manifest(
    location: name("down"),
    steps: [
      StepSpec(
        name: "report", partitions: .single,
        dependencies: [
          DependencySpec(
            upstream: key("up/a"), mapping: .all, binding: .gated, partitions: .single, loadableSchemes: ["file"])
        ],
        outputs: [
          AssetSpec(
            key: key("down/report"), sharedWith: [name("up")], output: OutputSpec(scheme: "file", format: "jsonl/1"),
            checks: [])
        ], retry: .none, timeout: .seconds(60))
    ], schedules: [])

  static let workspace = WorkspaceDefinition(locations: [
    LocationDefinition(name: name("down")), LocationDefinition(name: name("up")),
  ])

  static func graph(with manifest: Manifest) -> Graph {
    Graph(workspace: workspace, manifests: [name("up"): manifest, name("down"): neighbour])
  }

  /// Ordinary instants, two beside which clocks change, and the ends of the years that can be written.
  static let instants = [
    Timestamp(seconds: 0), Timestamp(seconds: 1_383_458_400), Timestamp(seconds: 1_394_348_400),
    Timestamp(seconds: 253_402_200_000), Timestamp(seconds: -62_135_500_000),
  ]

  /// Where arithmetic ends: nothing is compared there, and nothing may trap.
  static let extremes = [Timestamp(microseconds: .max), Timestamp(microseconds: .min)]

  static let zones = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"]
    .compactMap { try? Zone($0) }
}
