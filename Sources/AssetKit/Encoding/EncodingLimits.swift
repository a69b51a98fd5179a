// SPDX-License-Identifier: Apache-2.0

/// Bounds on what a reader takes from stored bytes, whoever wrote them.
enum EncodingLimits {
  /// Bytes of one stored row.
  static let rowBytes = 16 << 20
  /// Bytes of a value that is stored as one document: it is in memory as a whole, several times over while it is decoded.
  static let documentBytes = 64 << 20
  /// Bytes of stored rows that are read at once, as an array; `Rows` have no such bound.
  static let arrayBytes = 1 << 30
  /// How deep arrays and objects may nest in a document, or in a row.
  static let jsonDepth = 256
  /// Combining marks in a row, in any text of a row or document: names are hashed, and texts compared, in time quadratic in them.
  static let combiningMarks = 256
  /// Columns of a table of comma-separated values.
  static let csvColumns = 16_384
  /// Bytes of a text that is to be a date.
  static let dateBytes = 64
  /// Bytes of what was found instead of a value, as an error quotes it.
  static let quotedBytes = 80
  /// Bytes read or written at a time.
  static let chunkBytes = 64 << 10
}
