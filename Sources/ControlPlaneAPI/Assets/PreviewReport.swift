// SPDX-License-Identifier: Apache-2.0

package import AssetModel

/// Some rows of a version.
package struct PreviewReport: Hashable, Sendable, Codable {
  package let asset: String
  package let partition: String
  package let version: UInt32
  /// `promoted` or `rejected`.
  package let state: String
  package let locator: Locator?
  /// In the order that the asset's type declares, further ones by name.
  package let columns: [String]
  /// The types of the first columns, as the asset's type declares them.
  package let types: [String]
  package let rows: [[String]]
  /// Whether the version has more rows than these, or is a document that is too large to be shown.
  package let truncated: Bool

  package init(
    asset: String, partition: String, version: UInt32, state: String = "promoted", locator: Locator? = nil, columns: [String],
    types: [String] = [], rows: [[String]], truncated: Bool
  ) {
    self.asset = asset
    self.partition = partition
    self.version = version
    self.state = state
    self.locator = locator
    self.columns = columns
    self.types = types
    self.rows = rows
    self.truncated = truncated
  }
}
