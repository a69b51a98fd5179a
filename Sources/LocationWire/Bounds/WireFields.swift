// SPDX-License-Identifier: Apache-2.0

/// The fields of an encoded message, one by one, without decoding any.
///
/// It ends where the bytes are no message: whoever decodes them says what is wrong.
struct WireFields: Sequence, IteratorProtocol {
  struct Field {
    let number: UInt64
    /// Of a field with a length; nil for numbers.
    let content: UnsafeRawBufferPointer?
  }

  /// Whether it ended at a group: the protocol has none, and a decoder would skip it and go on.
  private(set) var isAtGroup = false
  private var rest: UnsafeRawBufferPointer.SubSequence

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

  /// Where the next field begins.
  var offset: Int { rest.startIndex }

  mutating func next() -> Field? {
    guard let tag = varint() else { return nil }
    let number = tag >> 3
    switch tag & 7 {
    case 0: return varint().map { _ in Field(number: number, content: nil) }
    case 1: return skip(8) == nil ? nil : Field(number: number, content: nil)
    case 2:
      guard let length = varint(), length <= UInt64(rest.count), let content = skip(Int(length)) else { return nil }
      return Field(number: number, content: content)
    case 5: return skip(4) == nil ? nil : Field(number: number, content: nil)
    case 3, 4:
      isAtGroup = true
      return nil
    default: return nil
    }
  }

  private mutating func skip(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
