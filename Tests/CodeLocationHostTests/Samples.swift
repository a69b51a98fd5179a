// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// A manifest and grants against it. Each `try!` makes a literal that is well formed.
enum Samples {
  static let incarnation = Incarnation(0x8f3a_12bc)
  static let key = try! AssetKey("tests/numbers")
  static let manifest = Manifest(
    location: try! LocationName("tests"), version: "1",
    steps: [
      StepSpec(
        name: "tests/numbers", outputs: [AssetSpec(key: key, output: OutputSpec(scheme: "memory", format: "value/1"))])
    ])
  static let locator = Locator(scheme: "memory", uri: "numbers", format: "value/1")

  static func attempt(_ number: Int, incarnation: Incarnation = incarnation) -> AttemptID {
    AttemptID(incarnation: incarnation, step: StepID(run: RunID(1), ordinal: 0), number: number)
  }

  static func version(_ number: UInt32, incarnation: Incarnation = incarnation) -> VersionID {
    VersionID(incarnation: incarnation, asset: key, partition: .only, number: number)
  }

  static func grant(
    _ number: Int, epoch: Epoch = 1, manifest: ManifestDigest, step: String = "tests/numbers",
    deadline: Timestamp = Timestamp(seconds: 4_000_000_000), incarnation: Incarnation = incarnation
  ) -> Grant {
    Grant(
      attempt: attempt(number, incarnation: incarnation), epoch: epoch, manifest: manifest, step: step, partition: .only,
      work: .materialize(
        inputs: [],
        outputs: [GrantedOutput(version: version(UInt32(number), incarnation: incarnation), checks: [])]),
      deadline: deadline)
  }
}
