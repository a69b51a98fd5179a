// SPDX-License-Identifier: Apache-2.0

import AssetKit

/// What every version holds: who made it, from what.
struct Stamp: Codable, Sendable {
  let asset: String
  let partition: String
  let attempt: String
  /// Whether the check `is good` is to fail.
  let isBad: Bool
  /// The versions that the grant pinned.
  let inputs: [Input]
  /// The attempts whose stamps were read, in the order of `inputs`.
  let read: [String]

  struct Input: Codable, Sendable {
    let asset: String
    let partition: String
    let number: UInt32
  }
}

extension CrashLocation {
  private static let pauses = 6
  private static let pause: Duration = .milliseconds(50)
  private static let goodOnes = 3

  /// Works for 50 to 300 milliseconds, and says who did and what was read.
  static func stamp(_ asset: String, _ step: Step, _ read: [Stamp] = [], pause: Bool = true) async throws -> Stamp {
    let turn = Int(step.run.number % 1_000) + step.attempt.step.ordinal + step.attempt.number
    // The work itself, which a cancellation ends.
    if pause { try await Task.sleep(for: Self.pause * (1 + turn % pauses)) }
    return Stamp(
      asset: "\(name)/\(asset)", partition: step.partition.description, attempt: step.attempt.description,
      isBad: turn % goodOnes == 0,
      inputs: step.inputs.flatMap(\.versions).map { pinned in
        let version = pinned.version
        return Stamp.Input(asset: "\(version.asset)", partition: version.partition.description, number: version.number)
      },
      read: read.map(\.attempt))
  }

  /// Condemns a version that another attempt has made.
  @Sendable static func isOwn(_ stamp: Stamp, _ step: Step) -> CheckResult {
    stamp.attempt == step.attempt.description ? .pass : .fail("\(stamp.attempt) made what \(step.attempt) is to check")
  }

  @Sendable static func isGood(_ stamp: Stamp, _ step: Step) -> CheckResult {
    stamp.isBad ? .fail("bad on purpose") : .pass
  }
}
