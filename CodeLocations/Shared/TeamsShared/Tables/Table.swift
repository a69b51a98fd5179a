// SPDX-License-Identifier: Apache-2.0

public import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

private let quote = Int32(UInt8(ascii: "\""))
private let comma = Int32(UInt8(ascii: ","))
private let newline = Int32(UInt8(ascii: "\n"))

/// A CSV file in memory: a header line, then a row a line, found and split on bytes.
///
/// It reads the plain form of CSV, without quotes, and refuses any other. Rows that nobody asks for are never split.
public struct Table: Sendable {
  /// How large a file may be once unpacked.
  public static let sizeLimit = 64 * 1024 * 1024

  let file: URL
  /// The file's, and a zero that ends them for the C library.
  let bytes: [UInt8]
  let columns: [String: Int]
  private let firstRow: Int

  /// The bytes of the file, unpacked.
  public var size: Int { bytes.count - 1 }

  /// Reads and unpacks a file.
  ///
  /// - Throws: ``DataError`` when the file is missing, damaged, larger than ``sizeLimit``, empty or quoted.
  public init(contentsOf file: URL) throws(DataError) {
    try self.init(GzipStream.contents(of: file, limit: Self.sizeLimit), of: file)
  }

  /// A table of bytes in memory; `file` is what errors call it.
  ///
  /// - Throws: ``DataError`` when the header is missing, anything is quoted, or a byte is zero.
  public init(_ bytes: [UInt8], of file: URL) throws(DataError) {
    guard !bytes.isEmpty else { throw DataError(file: file, "is empty: a header line is needed") }
    guard bytes.firstIndex(of: 0, from: 0, to: bytes.count) == nil else {
      throw DataError(file: file, "is no text: it has a zero byte")
    }
    guard bytes.firstIndex(of: quote, from: 0, to: bytes.count) == nil else {
      throw DataError(file: file, "has quoted fields, which this reader does not know")
    }
    let end = bytes.firstIndex(of: newline, from: 0, to: bytes.count) ?? bytes.count
    let names = bytes.split(0..<end).map { String(decoding: bytes[$0], as: UTF8.self) }
    guard Set(names).count == names.count else { throw DataError(file: file, "names a column twice in its header") }
    self.file = file
    self.bytes = bytes + [0]
    columns = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    firstRow = end + 1
  }

  /// Every row, in the file's order.
  ///
  /// - Throws: ``DataError`` when a row has another number of fields than the header.
  public func rows() throws(DataError) -> [Row] {
    var rows: [Row] = []
    var start = firstRow
    while start < size {
      let row = try row(at: start)
      rows.append(row)
      start = row.end + 1
    }
    return rows
  }

  /// The rows whose line begins with `prefix`, such as `2013,11,3,`, in the file's order.
  ///
  /// The others cost a memory search, no parsing.
  ///
  /// - Throws: ``DataError`` when a row has another number of fields than the header.
  public func rows(startingWith prefix: String) throws(DataError) -> [Row] {
    var rows: [Row] = []
    for start in bytes.lines(after: firstRow - 1, startingWith: prefix) { rows.append(try row(at: start)) }
    return rows
  }

  private func row(at start: Int) throws(DataError) -> Row {
    let end = bytes.firstIndex(of: newline, from: start, to: size) ?? size
    let row = Row(table: self, end: end, fields: bytes.split(start..<end))
    guard row.fields.count == columns.count else {
      throw row.error("has \(row.fields.count) fields where the header has \(columns.count)")
    }
    return row
  }
}

extension [UInt8] {
  /// Where `byte` occurs first in the range; searched by the C library, which a debug build does not slow down.
  fileprivate func firstIndex(of byte: Int32, from start: Int, to end: Int) -> Int? {
    withUnsafeBytes { bytes in
      guard start < end, let base = bytes.baseAddress else { return nil }
      return memchr(base + start, byte, end - start).map { UnsafeRawPointer($0) - base }
    }
  }

  /// Where the lines behind `start` begin that start with `prefix`; needs a zero behind the last byte.
  ///
  /// One call of the C library a line that is found: a file's other lines cost less than a millisecond, in a debug build too.
  fileprivate func lines(after start: Int, startingWith prefix: String) -> [Int] {
    withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return [] }
      let needle = "\n\(prefix)"
      var lines: [Int] = []
      var rest = base + start
      while let found = strstr(rest, needle) {
        lines.append(UnsafePointer(found) - base + 1)
        rest = UnsafePointer(found) + 1
      }
      return lines
    }
  }

  /// The fields of a line, without their commas.
  fileprivate func split(_ line: Range<Int>) -> [Range<Int>] {
    var fields: [Range<Int>] = []
    var start = line.lowerBound
    while let end = firstIndex(of: comma, from: start, to: line.upperBound) {
      fields.append(start..<end)
      start = end + 1
    }
    fields.append(start..<line.upperBound)
    return fields
  }
}
