// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The values of a statement in PostgreSQL's binary format, all in one buffer.
struct EncodedParameters {
  private var bytes: [UInt8] = []
  private var ranges: [Range<Int>?] = []

  /// What the server calls the elements of arrays.
  private enum ElementType: Int32 {
    case bytea = 17
    case int8 = 20
    case text = 25
  }

  init(_ parameters: [Parameter]) {
    for parameter in parameters { append(parameter) }
    // An empty buffer may have no address, and an empty value needs one.
    bytes.append(0)
  }

  /// Lends the values as libpq takes them.
  func withPointers<Result>(
    _ body: (_ values: [UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]) -> Result
  ) -> Result {
    bytes.withUnsafeBytes { buffer in
      let base = buffer.bindMemory(to: CChar.self).baseAddress
      return body(
        ranges.map { range in range.flatMap { range in base.map { $0 + range.lowerBound } } },
        ranges.map { Int32($0?.count ?? 0) }, Array(repeating: 1, count: ranges.count))
    }
  }

  private mutating func append(_ parameter: Parameter) {
    switch parameter {
    case .int(let value): value.map { value in scalar { $0.append(value) } } ?? null()
    case .text(let value): value.map { value in scalar { $0.append(value) } } ?? null()
    case .bytes(let value): value.map { value in scalar { $0.bytes += value } } ?? null()
    case .ints(let values): scalar { $0.array(of: .int8, values) { $0.append($1) } }
    case .texts(let values): scalar { $0.array(of: .text, values) { $0.append($1) } }
    case .blobs(let values): scalar { $0.array(of: .bytea, values) { $0.bytes += $1 } }
    }
  }

  private mutating func null() { ranges.append(nil) }

  private mutating func scalar(_ write: (inout Self) -> Void) {
    let start = bytes.count
    write(&self)
    ranges.append(start..<bytes.count)
  }

  /// One dimension from index 1: the header, then each element with its length before it.
  private mutating func array<Element>(
    of type: ElementType, _ values: [Element?], _ write: (inout Self, Element) -> Void
  ) {
    append(Int32(values.isEmpty ? 0 : 1))
    append(Int32(values.contains { $0 == nil } ? 1 : 0))
    append(type.rawValue)
    if values.isEmpty { return }
    append(Int32(values.count))
    append(Int32(1))
    for value in values {
      let start = bytes.count
      append(Int32(-1))
      guard let value else { continue }
      write(&self, value)
      patch(Int32(bytes.count - start - 4), at: start)
    }
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
  }

  /// The server's texts hold no zero byte: the replacement character stands for it.
  private mutating func append(_ text: String) {
    let start = bytes.count
    bytes += text.utf8
    guard bytes[start...].contains(0) else { return }
    bytes.removeSubrange(start...)
    bytes += text.utf8.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }
  }

  private mutating func patch(_ value: Int32, at place: Int) {
    withUnsafeBytes(of: value.bigEndian) { bytes.replaceSubrange(place..<(place + 4), with: $0) }
  }
}
