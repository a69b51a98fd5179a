// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import LocationWire
import SwiftProtobuf

/// Shows some rows of a version.
package protocol VersionPreviewing: Sendable {
  /// - Throws: where the version cannot be read; the message is for people.
  func preview(_ version: PinnedVersion, limit: Int) async throws -> VersionPreview
}

/// Some rows of a version, as text.
package struct VersionPreview: Hashable, Sendable {
  package let columns: [String]
  /// The types of the first columns, those that the asset's type declares.
  package let types: [String]
  /// Each has one cell a column.
  package let rows: [[String]]
  /// Whether the version has further rows.
  package let isTruncated: Bool

  package init(columns: [String], types: [String] = [], rows: [[String]], isTruncated: Bool) {
    self.columns = columns
    self.types = types
    self.rows = rows
    self.isTruncated = isTruncated
  }

  /// What `Preview` answers, in messages of bounded size.
  var responses: [Sluice_Location_V1_PreviewResponse] {
    var responses = [
      Sluice_Location_V1_PreviewResponse.with {
        $0.columns = columns
        $0.types = types
      }
    ]
    var weight = 0
    for row in rows {
      weight += row.reduce(8) { $0 + 4 + $1.utf8.count }
      if weight > WireLimits.frameBytes {
        responses.append(.init())
        weight = 0
      }
      responses[responses.count - 1].rows.append(.with { $0.cells = row })
    }
    responses[responses.count - 1].truncated = isTruncated
    return responses
  }
}
