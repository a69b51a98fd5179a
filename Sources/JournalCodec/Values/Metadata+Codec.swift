// SPDX-License-Identifier: Apache-2.0

import AssetModel
import SwiftProtobuf

extension [PBMetadataEntry] {
  init(_ metadata: Metadata) {
    self = metadata.sorted { $0.key < $1.key }.map { name, value in
      var entry = PBMetadataEntry()
      entry.name = name
      entry.value = PBMetadataValue(value)
      return entry
    }
  }

  func metadata() throws -> Metadata {
    var result: Metadata = [:]
    result.reserveCapacity(count)
    for entry in self { result[entry.name] = try entry.value.metadata() }
    return result
  }
}

extension PBMetadataValue {
  init(_ metadata: MetadataValue) {
    self.init()
    switch metadata {
    case .int(let number): int = number
    case .float(let number): float = number
    case .text(let text): self.text = text
    case .url(let text): url = text
    case .path(let text): path = text
    case .json(let text): json = text
    case .markdown(let text): markdown = text
    case .table(let table): self.table = PBMetadataValue.Table(table)
    case .timestamp(let instant): timestampUs = instant.microseconds
    case .items(let values): items = Items.with { $0.values = values.map { PBMetadataValue($0) } }
    }
  }

  func metadata() throws -> MetadataValue {
    switch value {
    case .int(let number): .int(number)
    case .float(let number): .float(number)
    case .text(let text): .text(text)
    case .url(let text): .url(text)
    case .path(let text): .path(text)
    case .json(let text): .json(text)
    case .markdown(let text): .markdown(text)
    case .table(let table): .table(MetadataTable(columns: table.columns, rows: table.rows.map(\.cells)))
    case .timestampUs(let microseconds): .timestamp(Timestamp(microseconds: microseconds))
    case .items(let items): .items(try items.values.map { try $0.metadata() })
    case nil: throw CodecProblem.unknown("metadata value")
    }
  }
}

extension PBMetadataValue.Table {
  fileprivate init(_ table: MetadataTable) {
    self.init()
    columns = table.columns
    rows = table.rows.map { row in PBMetadataValue.Row.with { $0.cells = row } }
  }
}

extension PBLocator {
  init(_ locator: Locator) {
    self.init()
    scheme = locator.scheme
    uri = locator.uri
    format = locator.format
    if let bytes = locator.size { size = bytes }
    if let hash = locator.contentHash { contentHash = hash }
  }

  var locator: Locator {
    Locator(
      scheme: scheme, uri: uri, format: format, size: hasSize ? size : nil, contentHash: hasContentHash ? contentHash : nil)
  }
}

extension PBFailure {
  init(_ failure: StepFailure) {
    self.init()
    kind = Kind(failure.kind)
    message = failure.message
    isRetryable = failure.isRetryable
  }

  func failure() throws -> StepFailure {
    StepFailure(kind: try kind.kind(), message: message, isRetryable: isRetryable)
  }
}
