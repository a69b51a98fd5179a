// SPDX-License-Identifier: Apache-2.0

package import AssetKit
package import AssetModel

extension LoadedLocation: VersionPreviewing {
  /// Reads as many rows as are shown, and one more. Columns come in the order in which the asset's type declares them, with what it says of
  /// their types; further ones, and those of data that the type does not fit, by name. A version that is one document is one row.
  ///
  /// What is beyond a bound of ``PreviewLimits`` is left out, and the preview says that it is cut.
  package func preview(_ version: PinnedVersion, limit: Int) async throws -> VersionPreview {
    let limit = min(max(0, limit), PreviewLimits.rows)
    let version = found(version)
    let isDocument = !Self.rowFormats.contains(version.locator.format)
    // A document is decoded as a whole, whatever is shown of it.
    if isDocument, version.locator.size ?? 0 > Int64(PreviewLimits.documentBytes) {
      return VersionPreview(columns: [], rows: [], isTruncated: true)
    }
    var (rows, isTruncated) =
      isDocument ? ([try await load(PreviewRow.self, version)], false) : try await rows(of: version, upTo: limit + 1)
    let declared = await columns(of: version).prefix(PreviewLimits.columns)
    isTruncated = isTruncated || rows.count > limit || rows.contains(where: \.isCut)
    rows = Array(rows.prefix(limit))
    let names = declared.map { $0.name.bounded(to: PreviewLimits.nameBytes) }
    let others = Set(rows.flatMap(\.cells.keys)).subtracting(names).sorted()
    let columns = Array((names + others).prefix(PreviewLimits.columns))
    return VersionPreview(
      columns: columns, types: declared.map { $0.type.bounded(to: PreviewLimits.nameBytes) },
      rows: rows.map { row in columns.map { row.cells[$0] ?? "" } },
      isTruncated: isTruncated || columns.count < names.count + others.count)
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
