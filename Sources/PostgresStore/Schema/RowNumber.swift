// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator

/// Packs names into row numbers.
enum RowNumber {
  /// Runs in order, and a run's steps in order within.
  static func of(_ step: StepID) -> Int64 { Int64(bitPattern: step.run.number) << ordinalBits | Int64(step.ordinal) }

  static func step(_ row: Int64) -> StepID {
    StepID(run: RunID(UInt64(bitPattern: row >> ordinalBits)), ordinal: Int(row & (1 << ordinalBits - 1)))
  }

  static func first(of run: RunID) -> Int64 { of(StepID(run: run, ordinal: 0)) }
  static func last(of run: RunID) -> Int64 { first(of: run) | (1 << ordinalBits - 1) }

  /// A run has fewer than 2^28 steps, and a store fewer than 2^35 runs.
  private static let ordinalBits: Int64 = 28

  /// Targets apart, and a target's versions in order within.
  static func of(target: Int64, number: UInt32) -> Int64 { target << 32 | Int64(number) }
  static func target(ofVersion row: Int64) -> Int64 { row >> 32 }
  static func number(ofVersion row: Int64) -> UInt32 { UInt32(truncatingIfNeeded: row) }
}
