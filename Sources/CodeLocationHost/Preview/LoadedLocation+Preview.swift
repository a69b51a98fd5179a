// SPDX-License-Identifier: Apache-2.0

package import AssetKit
package import AssetModel

extension LoadedLocation: VersionPreviewing {
  /// Reads as many rows as are shown, and one more; columns are sorted by name. A version that is one document is one row.
  package func preview(_ version: PinnedVersion, limit: Int) async throws -> VersionPreview {
    let rows =
      Self.rowFormats.contains(version.locator.format)
      ? try await rows(of: version, upTo: limit + 1) : [try await load(PreviewRow.self, version)]
    let shown = rows.prefix(limit)
    let columns = Set(shown.flatMap(\.cells.keys)).sorted()
    return VersionPreview(
      columns: columns, rows: shown.map { row in columns.map { row.cells[$0] ?? "" } }, isTruncated: rows.count > limit)
  }

  private static let rowFormats = ["jsonl/1", "csv/1"]

  private func rows(of version: PinnedVersion, upTo limit: Int) async throws -> [PreviewRow] {
    var rows: [PreviewRow] = []
    for try await row in try await load(Rows<PreviewRow>.self, version) {
      rows.append(row)
      if rows.count == limit { break }
    }
    return rows
  }
}
