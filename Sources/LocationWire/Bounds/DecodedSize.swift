// SPDX-License-Identifier: Apache-2.0

import AssetModel

/// About how many bytes a message takes once it is decoded, reckoned before that: two bytes on the wire may be an empty element of
/// hundreds.
///
/// Keys of maps are bounded here, too, since a decoder hashes them: in time quadratic in their combining marks.
///
/// A message may take ``WireLimits/decodedMultiple`` times its bytes, and ``WireLimits/decodedFloor`` beside, and never more than
/// ``WireLimits/decodedBytes``; one that would take more is *hollow*, and refused. So what a peer can make a receiver allocate is a
/// small multiple of what it has sent.
package struct DecodedSize {
  private var total = 0
  private let limit: Int
  private let bytes: Int
  /// What no message may take, however long it is.
  private let most: Int
  /// Bytes of one text, where texts are bounded; they are validated and copied before a mapping can refuse them.
  private let mostOfText: Int?

  /// Refuses a hollow message, and one whose keys are no names.
  ///
  /// - Parameter texts: bytes of any text; where it is given, all texts are bounded as names are in their combining marks. Elsewhere
  ///   those that are no keys are bounded as they are read, one by one, so that one of them hurts its own step alone.
  /// - Throws: ``WireError`` where it would take too much, holds more elements than a named limit allows, or nests too deep.
  package static func check(
    _ message: UnsafeRawBufferPointer, as shape: MessageShape, texts: Int? = nil, atMost most: Int = WireLimits.decodedBytes
  ) throws(WireError) {
    var size = DecodedSize(bytes: message.count, texts: texts, most: most)
    try size.add(message, shape, depth: 1)
  }

  private init(bytes: Int, texts: Int?, most: Int) {
    self.most = most
    self.bytes = bytes
    mostOfText = texts
    limit = min(bytes * WireLimits.decodedMultiple + WireLimits.decodedFloor, most)
  }

  private mutating func add(_ message: UnsafeRawBufferPointer, _ shape: MessageShape, depth: Int) throws(WireError) {
    guard depth <= WireLimits.nesting else {
      throw WireError(.overLimit, field: shape.name, "lies more than \(WireLimits.nesting) messages deep (nesting)")
    }
    var limited = 0
    var fields = WireFields(message)
    while let field = fields.next() {
      guard let content = field.content else { continue }
      switch shape[field.number] {
      case .one(let inner): try add(content, inner(), depth: depth + 1)
      case .many(let inner): try add(element: content, inner(), depth: depth + 1)
      case .upTo(let most, let name, let inner):
        limited += 1
        try checkLimit(shape.name, limited, most, named: name)
        try add(element: content, inner(), depth: depth + 1)
      case .map(let value): try add(entry: content, value?(), of: shape.name, depth: depth + 1)
      case nil: try take(text: content, of: shape.name)
      }
    }
    try Self.refuseGroup(fields, in: shape.name)
  }

  private static func refuseGroup(_ fields: WireFields, in name: String) throws(WireError) {
    guard !fields.isAtGroup else { throw WireError(.malformed, field: name, "has a group, of which the protocol has none") }
  }

  private mutating func add(element: UnsafeRawBufferPointer, _ shape: MessageShape, depth: Int) throws(WireError) {
    try take(shape.stride)
    try add(element, shape, depth: depth)
  }

  private mutating func add(entry: UnsafeRawBufferPointer, _ value: MessageShape?, of name: String, depth: Int) throws(WireError)
  {
    try take(Self.entryBytes)
    var parts = WireFields(entry)
    while let part = parts.next() {
      guard let content = part.content else { continue }
      if part.number == 2, let value {
        try add(element: content, value, depth: depth)
      } else {
        try take(text: content, of: name)
        if part.number == 1 { try Self.check(key: content, of: name) }
      }
    }
    try Self.refuseGroup(parts, in: name)
  }

  private static func check(key: UnsafeRawBufferPointer, of name: String) throws(WireError) {
    try checkLimit(name, key.count, Limits.nameLength, named: "nameLength")
    guard MarkRun.isWithin(Limits.combiningMarks, key) else { throw tooManyMarks(name) }
  }

  private static let entryBytes = 32
  /// Of a text in an array; one of more than 15 bytes has its own place.
  private static let textBytes = 16
  private static let heapBytes = 32

  private mutating func take(text: UnsafeRawBufferPointer, of name: String) throws(WireError) {
    let count = text.count
    if let mostOfText {
      try checkLimit(name, count, mostOfText, named: "definitionTextBytes")
      guard MarkRun.isWithin(Limits.combiningMarks, text) else { throw tooManyMarks(name) }
    }
    try take(Self.textBytes + (count > 15 ? Self.heapBytes + count : 0))
  }

  private mutating func take(_ count: Int) throws(WireError) {
    total += count
    guard total <= limit else {
      guard limit < most else {
        throw WireError(.overLimit, "\(bytes) bytes would take more than \(limit) in memory (decodedBytes)")
      }
      throw WireError(
        .overLimit,
        "\(bytes) bytes would take more than \(WireLimits.decodedMultiple) times as many in memory (decodedMultiple): empty elements "
          + "are not repeated so often")
    }
  }
}
