// SPDX-License-Identifier: Apache-2.0

package import AssetKit
package import AssetModel

extension LoadedLocation: VersionPreviewing {
  /// Reads as many rows as are shown, and one more; columns are sorted by name. A version that is one document is one row.
  ///
  /// What is beyond a bound of ``PreviewLimits`` is left out, and the preview says that it is cut.
  package func preview(_ version: PinnedVersion, limit: Int) async throws -> VersionPreview {
    let limit = min(max(0, limit), PreviewLimits.rows)
    var (rows, isTruncated) =
      Self.rowFormats.contains(version.locator.format)
      ? try await rows(of: version, upTo: limit + 1) : ([try await load(PreviewRow.self, version)], false)
    isTruncated = isTruncated || rows.count > limit || rows.contains(where: \.isCut)
    rows = Array(rows.prefix(limit))
    let all = Set(rows.flatMap(\.cells.keys)).sorted()
    let columns = Array(all.prefix(PreviewLimits.columns))
    return VersionPreview(
      columns: columns, rows: rows.map { row in columns.map { row.cells[$0] ?? "" } },
      isTruncated: isTruncated || columns.count < all.count)
  }

  private static let rowFormats = ["jsonl/1", "csv/1"]

  /// - Returns: the rows, and whether they are fewer than that for their size.
  private func rows(of version: PinnedVersion, upTo limit: Int) async throws -> ([PreviewRow], Bool) {
    var rows: [PreviewRow] = []
    var weight = 0
    for try await row in try await load(Rows<PreviewRow>.self, version) {
      weight += row.weight
      if weight > PreviewLimits.bytes { return (rows, true) }
      rows.append(row)
      if rows.count == limit { break }
    }
    return (rows, false)
  }
}
