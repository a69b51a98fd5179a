// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// Reads records of comma-separated values from a stream (RFC 4180; a bare newline ends a record too).
struct CSVReader {
  /// One field: its text, and whether it stood in quotes.
  struct Field: Hashable {
    let text: String
    let isQuoted: Bool
    /// The empty text stands in quotes.
    var isNil: Bool { text.isEmpty && !isQuoted }
  }

  /// The line where the last record began, 1 for the first.
  private(set) var line = 0
  private var bytes: ByteReader
  private var following = 1
  /// Bytes of the record that is being read, quotes and commas included.
  private var taken = 0
  private var pushedBack: UInt8?
  /// Whether an empty line is a record of one empty field, as it is where there is one column; elsewhere it is skipped.
  var emptyLinesCount = false

  init(_ source: any ByteSource) { bytes = ByteReader(source) }

  /// The next record; nil at the end.
  ///
  /// - Throws: ``MalformedRow`` for a quote out of place, a record over ``EncodingLimits/rowBytes``, or a field over
  ///   ``EncodingLimits/combiningMarks``.
  mutating func record() throws -> [Field]? {
    while true {
      line = following
      guard let first = try next() else { return nil }
      pushedBack = first
      let fields = try fields()
      if emptyLinesCount || fields.count > 1 || !fields[0].isNil { return fields }
    }
  }

  private mutating func fields() throws -> [Field] {
    var result: [Field] = []
    taken = 0
    while true {
      let (field, isLast) = try field()
      result.append(field)
      if isLast { return result }
      guard result.count < EncodingLimits.csvColumns else {
        throw MalformedRow("has more than \(EncodingLimits.csvColumns) fields (csvColumns)")
      }
    }
  }

  private mutating func field() throws -> (Field, isLast: Bool) {
    guard let first = try next() else { return (Field(text: "", isQuoted: false), true) }
    if first == UInt8(ascii: "\"") { return try quotedField() }
    pushedBack = first
    var text: [UInt8] = []
    while let byte = try next() {
      switch byte {
      case UInt8(ascii: ","): return try (made(text, isQuoted: false), false)
      case UInt8(ascii: "\n"):
        if text.last == UInt8(ascii: "\r") { text.removeLast() }
        return try (made(text, isQuoted: false), true)
      case UInt8(ascii: "\""): throw MalformedRow("has a quote inside an unquoted field: quote the field and double the quote")
      default: text.append(byte)
      }
    }
    if text.last == UInt8(ascii: "\r") { text.removeLast() }
    return try (made(text, isQuoted: false), true)
  }

  private func made(_ text: [UInt8], isQuoted: Bool) throws -> Field {
    guard text.withUnsafeBytes({ MarkRun.isWithin(EncodingLimits.combiningMarks, $0) }) else { throw MalformedRow.tooManyMarks }
    return Field(text: String(decoding: text, as: UTF8.self), isQuoted: isQuoted)
  }

  private mutating func quotedField() throws -> (Field, isLast: Bool) {
    var text: [UInt8] = []
    while let byte = try next() {
      if byte != UInt8(ascii: "\"") {
        text.append(byte)
        continue
      }
      guard let after = try next() else { return try (made(text, isQuoted: true), true) }
      if after == UInt8(ascii: "\"") {
        text.append(after)
        continue
      }
      return try (made(text, isQuoted: true), isEnd(after))
    }
    throw MalformedRow("has a quoted field without an end")
  }

  /// Whether the byte after a quoted field ends the record, rather than the field.
  private mutating func isEnd(_ byte: UInt8) throws -> Bool {
    if byte == UInt8(ascii: ",") { return false }
    if byte == UInt8(ascii: "\n") { return true }
    if byte == UInt8(ascii: "\r") {
      let after = try next()
      if after == nil || after == UInt8(ascii: "\n") { return true }
    }
    throw MalformedRow("has text after a quoted field: double the quotes inside")
  }

  private mutating func next() throws -> UInt8? {
    if let byte = pushedBack {
      pushedBack = nil
      return byte
    }
    let byte = try bytes.next()
    taken += 1
    if taken > EncodingLimits.rowBytes { throw MalformedRow.tooLong }
    if byte == UInt8(ascii: "\n") { following += 1 }
    return byte
  }
}
