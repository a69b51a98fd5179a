// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI
package import Foundation
import Orchestrator
import SQLiteStore

/// Makes a backup the store of a data directory; no daemon is needed.
package enum Restoration {
  /// Blocks its thread until everything has been verified and is in place.
  ///
  /// - Parameter replacing: Whether a store that is there gives way, and is kept aside.
  /// - Throws: `JournalError` where a daemon uses the directory, where it has a store, or where the backup is damaged: then the directory
  ///   is as it was.
  package static func run(_ file: URL, into directory: URL, replacing: Bool) throws -> RestoreSummary {
    let restored = try SQLiteBackup.restore(file, into: directory, replacing: replacing, at: SystemClock().now)
    return RestoreSummary(
      file: file.standardizedFileURL.path, directory: directory.standardizedFileURL.path, position: restored.content.position,
      incarnation: restored.incarnation.description, release: restored.content.release,
      madeAt: Instant(restored.content.madeAt), replaced: restored.kept?.path)
  }

  /// The summary for people, or as `--json` asks for it.
  package static func text(_ summary: RestoreSummary, json: Bool) throws -> Shown {
    if json { return Shown(json: String(decoding: try APICoding.encodePretty(summary), as: UTF8.self)) }
    let kept: Shown = summary.replaced.map { "\nthe store that was there is kept in \($0)" } ?? ""
    return """
      restored \(summary.position) events, as of \(summary.madeAt), into \(summary.directory)\(kept)
      start it with: sluiced --data-dir \(shell: summary.directory) --workspace WORKSPACE
      """
  }
}
