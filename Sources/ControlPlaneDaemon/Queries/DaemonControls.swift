// SPDX-License-Identifier: Apache-2.0

package import AssetModel
package import ControlPlaneAPI

/// What the API asks of the daemon beside its engine.
package protocol DaemonControls: Sendable {
  var facts: DaemonFacts { get }

  /// What has been counted since the daemon's start.
  var meter: Meter { get }

  /// What is wrong just now beside the engine: a workspace edit that was refused. One line each.
  var problems: [String] { get }

  /// Where each location of the running workspace listens.
  var addresses: [LocationName: String] { get }

  /// How each location's connection fares.
  var connections: [LocationName: ConnectionStatus] { get }

  /// Reads the workspace file again and puts it in force.
  ///
  /// - Throws: `WorkspaceError` for a file with problems, and the running workspace stays; `EngineError` while the store is away.
  func reload() async throws -> ReloadResult

  /// Writes a backup of the store, while it is in use.
  ///
  /// - Throws: ``APIError`` where the file may not be written, or the store is none that the daemon can copy.
  func backUp(_ request: BackupRequest) async throws -> BackupSummary

  /// Some rows of a version, as the location that owns it shows them.
  ///
  /// - Throws: where the location is not connected, or cannot show that version.
  func preview(_ version: PinnedVersion, of location: LocationName, limit: Int) async throws -> PreviewRows
}

/// What stays the same while a daemon runs.
package struct DaemonFacts: Hashable, Sendable {
  package let version: String
  package let startedAt: Timestamp
  package let dataDirectory: String
  package let workspace: String

  package init(version: String, startedAt: Timestamp, dataDirectory: String, workspace: String) {
    self.version = version
    self.startedAt = startedAt
    self.dataDirectory = dataDirectory
    self.workspace = workspace
  }
}

/// Rows of a version as text.
package struct PreviewRows: Hashable, Sendable {
  package let columns: [String]
  /// The types of the first columns, as the asset's type declares them.
  package let types: [String]
  package let rows: [[String]]
  /// Whether the version has further rows.
  package let truncated: Bool

  package init(columns: [String], types: [String] = [], rows: [[String]], truncated: Bool) {
    self.columns = columns
    self.types = types
    self.rows = rows
    self.truncated = truncated
  }
}
