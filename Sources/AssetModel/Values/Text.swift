// SPDX-License-Identifier: Apache-2.0

extension StringProtocol {
  /// The text, cut on the edge of a scalar to at most so many bytes and marked where it is longer.
  ///
  /// It looks at bytes alone: one grapheme may be a megabyte of combining marks.
  package func cut(toBytes limit: Int, mark: String = " … (cut)") -> String {
    let text = String(self)
    let bytes = text.utf8
    guard bytes.count > limit else { return text }
    var end = bytes.index(bytes.startIndex, offsetBy: Swift.max(0, limit - mark.utf8.count))
    // A scalar has at most three continuation bytes.
    while end > bytes.startIndex, bytes[end] & 0b1100_0000 == 0b1000_0000 { end = bytes.index(before: end) }
    return String(decoding: bytes[..<end], as: UTF8.self) + mark
  }

  /// The text with the replacement character for each zero byte: what ends or refuses a text in stores, and shows nothing.
  package var withoutZeros: String {
    let text = String(self)
    guard text.utf8.contains(0) else { return text }
    return String(decoding: text.utf8.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }, as: UTF8.self)
  }

  /// This text as an error quotes it: at most ``Limits/quotedLength`` bytes, since a peer may send megabytes.
  package var quoted: String { cut(toBytes: Limits.quotedLength, mark: "…") }

  /// Whether it has what no name may: control characters, and what turns or breaks the text around it.
  package var hasUnprintable: Bool {
    !isPrintableASCII && unicodeScalars.contains { $0.isUnprintable }
  }

  /// Whether it is printable ASCII throughout, as most names are: then it needs no closer look.
  package var isPrintableASCII: Bool {
    utf8.withContiguousStorageIfAvailable { $0.allSatisfy { (0x20..<0x7F).contains($0) } } ?? false
  }
}

extension Unicode.Scalar {
  /// Whether it shows nothing by itself and changes how others show: controls, breaks, and what turns the direction of text.
  package var isUnprintable: Bool {
    switch value {
    case 0...0x1F, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFF9...0xFFFB: true
    default: false
    }
  }
}
