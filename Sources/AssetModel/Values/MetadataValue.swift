// SPDX-License-Identifier: Apache-2.0

/// One value that a team attaches to a materialization or a check result, for people to read.
public indirect enum MetadataValue: Hashable, Sendable {
  case int(Int64)
  case float(Double)
  case text(String)
  case url(String)
  case path(String)
  /// A JSON document, as text.
  case json(String)
  case markdown(String)
  case table(MetadataTable)
  case timestamp(Timestamp)
  /// Several values in order; ``list(_:)`` makes one of anything that describes itself.
  case items([MetadataValue])

  /// A list of anything that describes itself, shown as text.
  public static func list(_ values: some Sequence<some CustomStringConvertible>) -> MetadataValue {
    .items(values.map { .text($0.description) })
  }
}

/// Named metadata values; shown sorted by name.
public typealias Metadata = [String: MetadataValue]

/// A small table for people: column names and rows of cells.
public struct MetadataTable: Hashable, Sendable {
  public let columns: [String]
  /// Each row has one cell a column; shorter rows are padded, longer ones cut.
  public let rows: [[String]]

  /// A table of at most ``Limits/tableCells`` cells, the names of its columns among them; further columns and rows are left out.
  ///
  /// So a few bytes cannot grow into a table: rows are padded to the columns' number.
  public init(columns: [String], rows: [[String]]) {
    let columns = Array(columns.prefix(Limits.tableCells))
    let room = columns.isEmpty ? 0 : Limits.tableCells / columns.count - 1
    self.columns = columns
    self.rows = rows.prefix(room).map { row in
      Array(row.prefix(columns.count)) + Array(repeating: "", count: max(0, columns.count - row.count))
    }
  }
}

extension MetadataTable: Codable {
  private enum Field: String, CodingKey { case columns, rows }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    self.init(
      columns: try fields.decode([String].self, forKey: .columns), rows: try fields.decode([[String]].self, forKey: .rows))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(columns, forKey: .columns)
    try fields.encode(rows, forKey: .rows)
  }
}

extension MetadataValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
  public init(stringLiteral text: String) { self = .text(text) }
  public init(integerLiteral number: Int64) { self = .int(number) }
  public init(floatLiteral number: Double) { self = .float(number) }
}

extension MetadataValue: CustomStringConvertible {
  /// One line for people.
  public var description: String {
    switch self {
    case .int(let number): "\(number)"
    case .float(let number): "\(number)"
    case .text(let text), .url(let text), .path(let text), .json(let text), .markdown(let text): text
    case .table(let table): "table of \(table.rows.count) rows (\(table.columns.joined(separator: ", ")))"
    case .timestamp(let instant): instant.description
    case .items(let values): values.map(\.description).joined(separator: ", ")
    }
  }
}

extension MetadataValue: Codable {
  private enum Field: String, CodingKey { case type, value }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    switch try fields.decode(String.self, forKey: .type) {
    case "int": self = .int(try fields.decode(Int64.self, forKey: .value))
    case "float": self = .float(try Self.decodeFloat(from: fields))
    case "text": self = .text(try fields.decode(String.self, forKey: .value))
    case "url": self = .url(try fields.decode(String.self, forKey: .value))
    case "path": self = .path(try fields.decode(String.self, forKey: .value))
    case "json": self = .json(try fields.decode(String.self, forKey: .value))
    case "markdown": self = .markdown(try fields.decode(String.self, forKey: .value))
    case "table": self = .table(try fields.decode(MetadataTable.self, forKey: .value))
    case "timestamp": self = .timestamp(Timestamp(microseconds: try fields.decode(Int64.self, forKey: .value)))
    case "list": self = .items(try fields.decode([MetadataValue].self, forKey: .value))
    case let other:
      throw DecodingError.dataCorruptedError(forKey: .type, in: fields, debugDescription: "unknown metadata type '\(other)'")
    }
  }

  private static func decodeFloat(from fields: KeyedDecodingContainer<Field>) throws -> Double {
    if let number = try? fields.decode(Double.self, forKey: .value) { return number }
    guard let number = Double(try fields.decode(String.self, forKey: .value)) else {
      throw DecodingError.dataCorruptedError(forKey: .value, in: fields, debugDescription: "not a number")
    }
    return number
  }

  /// Encodes `{"type": "int", "value": 3}`; a timestamp's value is microseconds since 1970.
  ///
  /// A float that JSON has no number for is written as text: `"nan"`, `"inf"`, `"-inf"`.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    func put(_ type: String, _ value: some Encodable) throws {
      try fields.encode(type, forKey: .type)
      try fields.encode(value, forKey: .value)
    }
    switch self {
    case .int(let number): try put("int", number)
    case .float(let number) where !number.isFinite: try put("float", "\(number)")
    case .float(let number): try put("float", number)
    case .text(let text): try put("text", text)
    case .url(let text): try put("url", text)
    case .path(let text): try put("path", text)
    case .json(let text): try put("json", text)
    case .markdown(let text): try put("markdown", text)
    case .table(let table): try put("table", table)
    case .timestamp(let instant): try put("timestamp", instant.microseconds)
    case .items(let values): try put("list", values)
    }
  }
}
