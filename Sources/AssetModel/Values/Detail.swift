// SPDX-License-Identifier: Apache-2.0

extension CheckEvaluation {
  /// About how many bytes its message and metadata take.
  package var detailBytes: Int { (message?.utf8.count ?? 0) + metadata.detailBytes }
}

extension Metadata {
  /// About how many bytes it takes in memory, and in the journal.
  package var detailBytes: Int { reduce(0) { $0 + $1.key.utf8.count + $1.value.detailBytes } }
}

extension MetadataValue {
  /// About how many bytes it takes in memory.
  package var detailBytes: Int {
    switch self {
    case .int, .float, .timestamp: 16
    case .text(let text), .url(let text), .path(let text), .json(let text), .markdown(let text): 16 + text.utf8.count
    case .table(let table): table.rows.reduce(16 + Self.bytes(table.columns)) { $0 + Self.bytes($1) }
    case .items(let values): values.reduce(16) { $0 + $1.detailBytes }
    }
  }

  private static func bytes(_ cells: [String]) -> Int { cells.reduce(8) { $0 + 8 + $1.utf8.count } }
}
