// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// Migration 4: the position of the last event that names a manifest; behind it its content may go.
  static let fourthTables = [
    "ALTER TABLE sluice_manifest ADD COLUMN named int8 NOT NULL DEFAULT 0",
    "UPDATE sluice_manifest SET named = (SELECT position FROM sluice_store WHERE id = 1)",
  ]
}
