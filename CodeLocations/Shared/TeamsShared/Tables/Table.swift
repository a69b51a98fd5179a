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
  let bytes: [UInt8]
  let columns: [String: Int]
  private let firstRow: Int

  public var size: Int { bytes.count }

  /// Reads and unpacks a file.
  ///
  /// - Throws: ``DataError`` when the file is missing, damaged, larger than ``sizeLimit``, empty or quoted.
  public init(contentsOf file: URL) throws(DataError) {
    try self.init(GzipStream.contents(of: file, limit: Self.sizeLimit), of: file)
  }

  /// A table of bytes in memory; `file` is what errors call it.
  ///
  /// - Throws: ``DataError`` when the header is missing, or anything is quoted.
  public init(_ bytes: [UInt8], of file: URL) throws(DataError) {
    guard !bytes.isEmpty else { throw DataError(file: file, "is empty: a header line is needed") }
    guard bytes.firstIndex(of: quote, from: 0, to: bytes.count) == nil else {
      throw DataError(file: file, "has quoted fields, which this reader does not know")
    }
    let end = bytes.firstIndex(of: newline, from: 0, to: bytes.count) ?? bytes.count
    let names = bytes.split(0..<end).map { String(decoding: bytes[$0], as: UTF8.self) }
    guard Set(names).count == names.count else { throw DataError(file: file, "names a column twice in its header") }
    self.file = file
    self.bytes = bytes
    columns = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    firstRow = end + 1
  }

  /// Every row, in the file's order.
  ///
  /// - Throws: ``DataError`` when a row has another number of fields than the header.
  public func rows() throws(DataError) -> [Row] {
    var rows: [Row] = []
    var start = firstRow
    while start < bytes.count {
      let row = try row(at: start)
      rows.append(row)
      start = row.end + 1
    }
    return rows
  }

  /// The rows whose line begins with `prefix`, such as `2013,11,3,`, in the file's order.
  ///
  /// The others cost a search for their line's end and a comparison, no parsing.
  ///
  /// - Throws: ``DataError`` when a row has another number of fields than the header.
  public func rows(startingWith prefix: String) throws(DataError) -> [Row] {
    var rows: [Row] = []
    for start in bytes.lines(from: firstRow, startingWith: Array(prefix.utf8)) { rows.append(try row(at: start)) }
    return rows
  }

  private func row(at start: Int) throws(DataError) -> Row {
    let end = bytes.firstIndex(of: newline, from: start, to: bytes.count) ?? bytes.count
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

  /// Where the lines begin that start with `prefix`.
  fileprivate func lines(from start: Int, startingWith prefix: [UInt8]) -> [Int] {
    withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return [] }
      var lines: [Int] = []
      var start = start
      while start + prefix.count <= bytes.count {
        if memcmp(base + start, prefix, prefix.count) == 0 { lines.append(start) }
        guard let end = memchr(base + start, newline, bytes.count - start) else { break }
        start = UnsafeRawPointer(end) - base + 1
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
