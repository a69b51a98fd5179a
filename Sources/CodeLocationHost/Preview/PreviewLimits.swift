// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Every bound of a preview: what it shows is somebody's data, and is for people.
package enum PreviewLimits {
  /// Rows, whatever is asked for.
  package static let rows = 1_000
  /// Bytes of a version that is one document; of a larger one nothing is read.
  package static let documentBytes = 16 << 20
  /// Columns; further ones, by name, are left out.
  package static let columns = 256
  /// Bytes of a column's name; longer ones are cut.
  package static let nameBytes = Limits.nameLength
  /// Bytes of a cell; longer ones are cut and marked.
  package static let cellBytes = 4 << 10
  /// How deep a cell's lists and objects are shown.
  package static let depth = 16
  /// Bytes of all cells; the rows that follow are left out.
  package static let bytes = 4 << 20
}
