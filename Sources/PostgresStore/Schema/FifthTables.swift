// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 5: inputs once for all versions of an attempt, which end alike and go together. The first one's row has them, and those
  /// of the others name it; rows of before have their own.
  static let fifthTables = ["ALTER TABLE sluice_version ADD COLUMN inputs_of int8"]
}
