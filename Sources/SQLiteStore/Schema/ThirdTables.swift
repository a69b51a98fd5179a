// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 3: the trace that a run was launched in.
  static let thirdTables = "ALTER TABLE run ADD COLUMN trace BLOB;"
}
