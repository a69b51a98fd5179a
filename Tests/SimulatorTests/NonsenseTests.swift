// SPDX-License-Identifier: Apache-2.0

import Foundation
import Simulator
import Testing

/// A taste of what `sluice-simulate --nonsense` does by the hundred thousand; `SLUICE_NONSENSE_SEEDS` says how many more.
@Suite("Nonsense")
struct NonsenseTests {
  /// Seeds of one case; a trap shows which hundred it lies in.
  private static let stride: UInt64 = 100
  private static let seeds = ProcessInfo.processInfo.environment["SLUICE_NONSENSE_SEEDS"].flatMap { UInt64($0) } ?? 1_000

  @Test(arguments: Swift.stride(from: 0, to: seeds, by: Int(stride)).map { $0 })
  func `Whatever locations say, the core holds its invariants`(_ first: UInt64) {
    for seed in first..<(first + Self.stride) {
      let (violation, trace) = Nonsense.run(seed: seed)
      #expect(violation == nil, "seed \(seed), after:\n\(trace.suffix(20).joined(separator: "\n"))")
    }
  }
}
