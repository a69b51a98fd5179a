// SPDX-License-Identifier: Apache-2.0

package import AssetKit
package import AssetModel

extension LoadedLocation: VersionPreviewing {
  /// Reads as many rows as are shown, and one more; columns are sorted by name.
  package func preview(_ version: PinnedVersion, limit: Int) async throws -> VersionPreview {
    var rows: [PreviewRow] = []
    for try await row in try await load(Rows<PreviewRow>.self, version) {
      rows.append(row)
      if rows.count > limit { break }
    }
    let shown = rows.prefix(limit)
    let columns = Set(shown.flatMap(\.cells.keys)).sorted()
    return VersionPreview(
      columns: columns, rows: shown.map { row in columns.map { row.cells[$0] ?? "" } }, isTruncated: rows.count > limit)
  }
}
