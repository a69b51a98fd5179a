// SPDX-License-Identifier: Apache-2.0

/// Every bound on a request or an answer of the API.
package enum APILimits {
  /// Refused definitions of one location that are listed.
  package static let problems = 100
  /// Bytes in the body of a request.
  package static let requestBytes = 4 << 20
  /// Bytes in the body of an answer that the client reads.
  package static let answerBytes = 256 << 20
  /// Items on one page, whatever `limit` asks for.
  package static let pageItems = 1_000
  /// Items on a page that names no `limit`.
  package static let defaultPageItems = 100
  /// Rows in a preview.
  package static let previewRows = 1_000
  /// Reasons listed directly below one gate; the rest are counted in `omitted`.
  package static let reasonsPerGate = 50
  /// Versions that one version was made from, and that are listed; the rest are counted in `omitted`.
  package static let inputsPerVersion = 50
  /// Bytes of what checks and steps say in one answer about gates or checks; what goes beyond them is left out, and said to be.
  package static let detailBytes = 4 << 20
  /// Assets that an event of a live stream names of its step; further ones are counted.
  package static let eventAssets = 5
  /// Log lines of one report that a live stream tells; further ones are counted.
  package static let eventLines = 4_096
  /// Launches in one request.
  package static let launches = 10_000
  /// Seconds that an answer may wait for a run's end.
  package static let waitSeconds = 300
  /// How long a client waits for a backup.
  package static let backupDeadline: Duration = .seconds(6 * 3_600)
  /// The largest position, run, offset or ordinal that may be asked for: what every store can hold.
  package static let number = UInt64(Int64.max)
  /// Bytes in a parameter, or a part of the path.
  package static let textBytes = 4_096
  /// Bytes in a selection.
  package static let selectionBytes = 16 << 10
  /// Bytes in a launch's partitions.
  package static let partitionsBytes = 256 << 10
  /// How deep the JSON of a body may be nested, and how many values may be in it.
  package static let jsonDepth = 16
  package static let jsonValues = 200_000
  /// Bytes in a client key.
  package static let clientKeyLength = 256
}
