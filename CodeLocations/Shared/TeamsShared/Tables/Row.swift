// SPDX-License-Identifier: Apache-2.0

/// One row of a ``Table``; a field becomes a value when it is asked for.
public struct Row: Sendable {
  let table: Table
  /// Where the line's end lies in the table's bytes.
  let end: Int
  let fields: [Range<Int>]

  /// A field that every row fills in.
  ///
  /// - Throws: ``DataError`` when there is no such column, the value is missing, or it is no `Value`.
  public func required<Value: LosslessStringConvertible>(_ column: String) throws(DataError) -> Value {
    guard let value: Value = try optional(column) else { throw error("has no \(column)") }
    return value
  }

  /// A field that may be missing: `NA`, or empty.
  ///
  /// - Throws: ``DataError`` when there is no such column, or the value is no `Value`.
  public func optional<Value: LosslessStringConvertible>(_ column: String) throws(DataError) -> Value? {
    let text = try text(column)
    if text.isEmpty || text == "NA" { return nil }
    guard let value = Value(text) else { throw error("has '\(text)' as \(column), which is no \(Value.self)") }
    return value
  }

  private func text(_ column: String) throws(DataError) -> String {
    guard let index = table.columns[column] else {
      let known = table.columns.keys.sorted().joined(separator: ", ")
      throw DataError(file: table.file, "has no column '\(column)'; it has \(known)")
    }
    return String(decoding: table.bytes[fields[index]], as: UTF8.self)
  }

  /// An error that names the file and the line.
  func error(_ problem: String) -> DataError {
    let line = table.bytes[..<end].count { $0 == 10 } + 1
    return DataError(file: table.file, "line \(line) \(problem)")
  }
}
