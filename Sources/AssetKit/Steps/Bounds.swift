// SPDX-License-Identifier: Apache-2.0

package import AssetModel

extension String {
  /// The text, cut at a number of bytes and marked where it is longer; of combining marks in a row the first
  /// ``Limits/combiningMarks`` stay.
  package func bounded(to limit: Int) -> String { cut(toBytes: limit).boundingMarks }
}

extension Metadata {
  /// At most ``Limits/metadataEntries`` values, the first by name, and their texts at most ``Limits/metadataValueLength`` bytes.
  ///
  /// - Returns: the values, and how many were left out.
  package func bounded() -> (kept: Metadata, dropped: Int) {
    let kept = sorted { $0.key < $1.key }.prefix(Limits.metadataEntries)
    let values = kept.map { ($0.key.bounded(to: Limits.nameLength), $0.value.bounded(to: Limits.metadataValueLength)) }
    return (Metadata(values) { first, _ in first }, count - kept.count)
  }
}

extension MetadataValue {
  fileprivate func bounded(to limit: Int) -> MetadataValue {
    switch self {
    case .int, .float, .timestamp: return self
    case .text(let text): return .text(text.bounded(to: limit))
    case .url(let text): return .url(text.bounded(to: limit))
    case .path(let text): return .path(text.bounded(to: limit))
    case .json(let text): return .json(text.bounded(to: limit))
    case .markdown(let text): return .markdown(text.bounded(to: limit))
    case .table(let table):
      let rows = table.rows.fitting(limit) { $0.reduce(0) { $0 + $1.utf8.count } }
      return .table(MetadataTable(columns: table.columns, rows: rows.map { $0.map { $0.bounded(to: limit) } }))
    case .items(let values):
      let kept = values.fitting(limit) { $0.size }.map { $0.bounded(to: limit) }
      let dropped = values.count - kept.count
      return .items(dropped == 0 ? kept : kept + [.text("… and \(dropped) more")])
    }
  }

  /// Roughly the bytes that it takes.
  private var size: Int {
    switch self {
    case .int, .float, .timestamp: 8
    case .text(let text), .url(let text), .path(let text), .json(let text), .markdown(let text): text.utf8.count
    case .table(let table): table.rows.reduce(0) { $0 + $1.reduce(0) { $0 + $1.utf8.count } }
    case .items(let values): values.reduce(0) { $0 + $1.size }
    }
  }
}

extension Array {
  /// As many elements from the front as fit into a number of bytes, but at least one.
  fileprivate func fitting(_ limit: Int, size: (Element) -> Int) -> ArraySlice<Element> {
    var total = 0
    let end = firstIndex { element in
      total += size(element)
      return total > limit
    }
    return self[..<Swift.max(end ?? count, Swift.min(1, count))]
  }
}
