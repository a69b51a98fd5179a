// SPDX-License-Identifier: Apache-2.0

/// A row of any type, its cells as text.
struct PreviewRow: Codable, Sendable {
  /// By the name of their column; a row that is no object has one cell, named `value`.
  let cells: [String: String]

  init(from decoder: any Decoder) throws {
    guard let fields = try? decoder.container(keyedBy: Name.self) else {
      cells = ["value": try Cell(from: decoder).text]
      return
    }
    var cells: [String: String] = [:]
    for name in fields.allKeys { cells[name.stringValue] = try fields.decode(Cell.self, forKey: name).text }
    self.cells = cells
  }

  /// Encodes the cells as text; rows are only ever read.
  func encode(to encoder: any Encoder) throws { try cells.encode(to: encoder) }

  struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// A cell of any type.
private enum Cell: Decodable {
  case null
  case plain(String)
  case list([Cell])
  case object([String: Cell])

  init(from decoder: any Decoder) throws {
    if let fields = try? decoder.container(keyedBy: PreviewRow.Name.self) {
      var cells: [String: Cell] = [:]
      for name in fields.allKeys { cells[name.stringValue] = try fields.decode(Cell.self, forKey: name) }
      self = .object(cells)
    } else if var elements = try? decoder.unkeyedContainer() {
      var cells: [Cell] = []
      while !elements.isAtEnd { cells.append(try elements.decode(Cell.self)) }
      self = .list(cells)
    } else {
      self = try Self.plain(decoder.singleValueContainer())
    }
  }

  private static func plain(_ value: any SingleValueDecodingContainer) throws -> Cell {
    if value.decodeNil() { return .null }
    if let text = try? value.decode(String.self) { return .plain(text) }
    if let flag = try? value.decode(Bool.self) { return .plain("\(flag)") }
    if let number = try? value.decode(Int64.self) { return .plain("\(number)") }
    return .plain("\(try value.decode(Double.self))")
  }

  /// One line; null is empty.
  var text: String {
    switch self {
    case .null: ""
    case .plain(let text): text
    case .list(let cells): "[\(cells.map(\.text).joined(separator: ", "))]"
    case .object(let cells):
      "{\(cells.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", "))}"
    }
  }
}
