// SPDX-License-Identifier: Apache-2.0

import AssetKit

/// A row of any type, its cells as text: at most ``PreviewLimits/columns``, each cut at ``PreviewLimits/cellBytes``.
struct PreviewRow: Codable, Sendable {
  /// By the name of their column; a row that is no object has one cell, named `value`.
  let cells: [String: String]
  /// Whether columns were left out.
  let isCut: Bool

  init(from decoder: any Decoder) throws {
    guard let fields = try? decoder.container(keyedBy: Name.self) else {
      cells = ["value": try CellText(of: decoder).text]
      isCut = false
      return
    }
    let names = fields.allKeys.map(\.stringValue)
    var cells: [String: String] = [:]
    for name in names.count > PreviewLimits.columns ? names.sorted().prefix(PreviewLimits.columns) : names[...] {
      cells[name.bounded(to: PreviewLimits.nameBytes)] = try CellText(of: fields.superDecoder(forKey: Name(stringValue: name)))
        .text
    }
    self.cells = cells
    isCut = names.count > PreviewLimits.columns
  }

  /// Encodes the cells as text; rows are only ever read.
  func encode(to encoder: any Encoder) throws { try cells.encode(to: encoder) }

  /// Bytes that it takes as text.
  var weight: Int { cells.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } }

  struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// Writes a value of any type as one line, and stops decoding where it has enough.
private struct CellText {
  /// Null is empty.
  private(set) var text = ""
  private var isFull = false

  init(of decoder: any Decoder) throws { try write(decoder, depth: 0) }

  private mutating func write(_ decoder: any Decoder, depth: Int) throws {
    if let fields = try? decoder.container(keyedBy: PreviewRow.Name.self) {
      try write(fields, depth: depth + 1)
    } else if let elements = try? decoder.unkeyedContainer() {
      try write(elements, depth: depth + 1)
    } else {
      append(try Self.plain(decoder.singleValueContainer()))
    }
  }

  private mutating func write(_ fields: KeyedDecodingContainer<PreviewRow.Name>, depth: Int) throws {
    guard depth <= PreviewLimits.depth else { return append("{…}") }
    append("{")
    for (index, name) in fields.allKeys.map(\.stringValue).sorted().enumerated() {
      if isFull { return }
      append("\(index == 0 ? "" : ", ")\(name.bounded(to: PreviewLimits.nameBytes)): ")
      try write(fields.superDecoder(forKey: PreviewRow.Name(stringValue: name)), depth: depth)
    }
    append("}")
  }

  private mutating func write(_ elements: any UnkeyedDecodingContainer, depth: Int) throws {
    guard depth <= PreviewLimits.depth else { return append("[…]") }
    var elements = elements
    append("[")
    var isFirst = true
    while !elements.isAtEnd {
      if isFull { return }
      if !isFirst { append(", ") }
      isFirst = false
      try write(elements.superDecoder(), depth: depth)
    }
    append("]")
  }

  private mutating func append(_ part: String) {
    if isFull { return }
    isFull = text.utf8.count + part.utf8.count > PreviewLimits.cellBytes
    // Cut before it is joined: a part may be far longer than what is kept.
    text += isFull ? part.bounded(to: PreviewLimits.cellBytes) : part
    if isFull { text = text.bounded(to: PreviewLimits.cellBytes) }
  }

  private static func plain(_ value: any SingleValueDecodingContainer) throws -> String {
    if value.decodeNil() { return "" }
    if let text = try? value.decode(String.self) { return text }
    if let flag = try? value.decode(Bool.self) { return "\(flag)" }
    if let number = try? value.decode(Int64.self) { return "\(number)" }
    return "\(try value.decode(Double.self))"
  }
}
