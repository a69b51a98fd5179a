// SPDX-License-Identifier: Apache-2.0

/// When the log's content is moved into the journal's file.
package struct LogLimits: Hashable, Sendable {
  /// How many pages of the log are worth moving: 8 MB.
  package var pages = 2_000
  /// How many pages the log may hold while a copy of the directory is waited for: 256 MiB.
  package var most = 65_536
  /// How long a copy counts as under way once both files were opened and closed: another may have been begun beside it.
  package var settling: Duration = .seconds(1)
  /// How long a copy may spend on other files of the directory without being seen.
  package var patience: Duration = .seconds(120)

  package init() {}
}
