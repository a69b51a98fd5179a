// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import SwiftProtobuf

extension MetadataValue: WireMapped {
  package init(wire: Sluice_Location_V1_MetadataValue) throws(WireError) {
    self = try MetadataValue(wire: wire, depth: 1)
  }

  private init(wire: Sluice_Location_V1_MetadataValue, depth: Int) throws(WireError) {
    switch wire.value {
    case .int(let number): self = .int(number)
    case .float(let number): self = .float(number)
    case .text(let text): self = .text(try limited("text", text))
    case .url(let text): self = .url(try limited("url", text))
    case .path(let text): self = .path(try limited("path", text))
    case .json(let text): self = .json(try limited("json", text))
    case .markdown(let text): self = .markdown(try limited("markdown", text))
    case .table(let table): self = .table(try read("table", table))
    case .timestampUs(let microseconds): self = .timestamp(Timestamp(microseconds: microseconds))
    case .items(let items):
      try checkLimit("items", depth, WireLimits.metadataDepth, named: "metadataDepth")
      try checkLimit("items", items.values.count, Limits.metadataValueLength, named: "metadataValueLength")
      var values: [MetadataValue] = []
      for (index, value) in items.values.enumerated() {
        do { values.append(try MetadataValue(wire: value, depth: depth + 1)) } catch { throw error.within("items[\(index)]") }
      }
      self = .items(values)
    case nil: throw unknownValue("value", "none")
    }
  }

  package var wire: Sluice_Location_V1_MetadataValue { wire(depth: 1) }

  private func wire(depth: Int) -> Sluice_Location_V1_MetadataValue {
    .with {
      switch self {
      case .int(let number): $0.int = number
      case .float(let number): $0.float = number
      case .text(let text): $0.text = cut(text, to: Limits.metadataValueLength)
      case .url(let text): $0.url = cut(text, to: Limits.metadataValueLength)
      case .path(let text): $0.path = cut(text, to: Limits.metadataValueLength)
      case .json(let text): $0.json = cut(text, to: Limits.metadataValueLength)
      case .markdown(let text): $0.markdown = cut(text, to: Limits.metadataValueLength)
      case .table(let table): $0.table = table.wire
      case .timestamp(let instant): $0.timestampUs = instant.microseconds
      case .items(let values) where depth <= WireLimits.metadataDepth && values.count <= Limits.metadataValueLength:
        $0.items.values = values.map { $0.wire(depth: depth + 1) }
      case .items: $0.text = cut(description, to: Limits.metadataValueLength)
      }
    }
  }
}

extension MetadataTable: WireMapped {
  package init(wire: Sluice_Location_V1_MetadataValue.Table) throws(WireError) {
    // Rows are padded to the columns' number: what comes out is counted before it is made.
    let (cells, overflow) = wire.columns.count.multipliedReportingOverflow(by: wire.rows.count + 1)
    try checkLimit("", overflow ? .max : cells, Limits.tableCells, named: "tableCells")
    for column in wire.columns {
      try checkLimit("columns", column.utf8.count, Limits.metadataValueLength, named: "metadataValueLength")
    }
    for (index, row) in wire.rows.enumerated() {
      for cell in row.cells {
        try checkLimit("rows[\(index)]", cell.utf8.count, Limits.metadataValueLength, named: "metadataValueLength")
      }
    }
    self.init(columns: wire.columns.map(\.boundingMarks), rows: wire.rows.map { $0.cells.map(\.boundingMarks) })
  }

  package var wire: Sluice_Location_V1_MetadataValue.Table {
    .with {
      $0.columns = columns.map(\.boundingMarks)
      $0.rows = rows.map { row in .with { $0.cells = row.map(\.boundingMarks) } }
    }
  }
}

/// Parses a metadata field.
func readMetadata(_ wire: [String: Sluice_Location_V1_MetadataValue]) throws(WireError) -> Metadata {
  try checkLimit("metadata", wire.count, Limits.metadataEntries, named: "metadataEntries")
  var metadata: Metadata = [:]
  for (name, value) in wire {
    let name = try readName("metadata", name)
    metadata[name] = try read("metadata[\(name)]", value)
  }
  return metadata
}

extension Metadata {
  /// The metadata as it travels: what is over a limit is cut or left out, and an entry named `…` says so.
  ///
  /// - Parameter budget: About how many bytes it may take.
  func wire(within budget: Int) -> [String: Sluice_Location_V1_MetadataValue] {
    var result: [String: Sluice_Location_V1_MetadataValue] = [:]
    var bytes = 0
    var left = 0
    for (name, value) in sorted(by: { $0.key < $1.key }) where !name.isEmpty {
      let size = value.travellingWeight + name.utf8.count
      guard result.count < Limits.metadataEntries - 1, name.utf8.count <= Limits.nameLength, name.hasMarks(),
        bytes + size <= budget
      else {
        left += 1
        continue
      }
      result[name] = value.wire
      bytes += size
    }
    guard left > 0 else { return result }
    result["…"] = MetadataValue.text("\(left) entries are left out: too many, or too large").wire
    return result
  }
}

extension MetadataValue {
  /// About how many bytes this takes once long text is cut.
  fileprivate var travellingWeight: Int {
    switch self {
    case .text, .url, .path, .json, .markdown: min(weight, Limits.metadataValueLength)
    case .int, .float, .timestamp, .table, .items: weight
    }
  }
}

private func limited(_ field: String, _ text: String) throws(WireError) -> String {
  try checkLimit(field, text.utf8.count, Limits.metadataValueLength, named: "metadataValueLength")
  return text.boundingMarks
}
