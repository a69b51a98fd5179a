// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How deep JSON nests, found in one pass without recursion: a decoder recurses, and hostile text would overflow its stack.
struct JSONNesting {
  /// Whether no array or object lies deeper than the limit; said of text that is no JSON, too.
  let isWithin: Bool

  private enum Place { case outside, text, escape }

  init(of data: Data, isWithin limit: Int) {
    isWithin = data.withUnsafeBytes { Self.isWithin(limit, $0) }
  }

  private static func isWithin(_ limit: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
    var depth = 0
    var place = Place.outside
    for byte in bytes {
      switch (place, byte) {
      case (.escape, _): place = .text
      case (.text, UInt8(ascii: "\\")): place = .escape
      case (.text, UInt8(ascii: "\"")): place = .outside
      case (.text, _): break
      case (.outside, UInt8(ascii: "\"")): place = .text
      case (.outside, UInt8(ascii: "[")), (.outside, UInt8(ascii: "{")):
        depth += 1
        if depth > limit { return false }
      case (.outside, UInt8(ascii: "]")), (.outside, UInt8(ascii: "}")): depth -= 1
      default: break
      }
    }
    return true
  }
}
