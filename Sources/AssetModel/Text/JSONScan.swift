// SPDX-License-Identifier: Apache-2.0

/// What a JSON text is like, found in one pass without decoding it, also where it is malformed: a decoder recurses, and hashes names.
package struct JSONScan: Hashable, Sendable {
  /// How deep its arrays and objects nest.
  package private(set) var depth = 0
  package private(set) var values = 1
  /// The most combining marks in a row of one of its strings, written as they are or as escapes.
  package private(set) var marks = 0
  /// Whether it holds a zero byte, or begins as UTF-16 does: what is not in UTF-8 is read otherwise by a decoder than here.
  package private(set) var isForeign = false

  package init(_ utf8: UnsafeRawBufferPointer) {
    isForeign = utf8.starts(with: [0xFE, 0xFF]) || utf8.starts(with: [0xFF, 0xFE])
    var open = 0
    var isInString = false
    var string = StringScan()
    for byte in utf8 {
      if byte == 0 { isForeign = true }
      if isInString {
        isInString = !string.take(byte)
        marks = max(marks, string.run.length)
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): (isInString, string) = (true, StringScan())
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        open += 1
        values += 1
        depth = max(depth, open)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): open = max(0, open - 1)
      case UInt8(ascii: ","): values += 1
      default: break
      }
    }
  }
}

/// The inside of one string.
private struct StringScan {
  private enum Place {
    case text, escape
    case unit(digits: Int)
  }

  var run = MarkRun()
  private var place = Place.text
  /// The unit of UTF-16 that an escape names.
  private var unit: UInt32 = 0
  /// The first half of a pair of them.
  private var half: UInt32?

  /// - Returns: whether the string ends here.
  mutating func take(_ byte: UInt8) -> Bool {
    switch place {
    case .escape:
      place = byte == UInt8(ascii: "u") ? .unit(digits: 0) : .text
      if case .text = place { plain(byte) } else { unit = 0 }
      return false
    case .unit(let digits):
      guard let digit = byte.hexadecimal else {
        place = .text
        return take(byte)
      }
      unit = unit << 4 | UInt32(digit)
      place = digits < 3 ? .unit(digits: digits + 1) : .text
      if digits == 3 { end(of: unit) }
      return false
    case .text:
      switch byte {
      case UInt8(ascii: "\""): return true
      case UInt8(ascii: "\\"): place = .escape
      default: plain(byte)
      }
      return false
    }
  }

  private mutating func plain(_ byte: UInt8) {
    half = nil
    run.take(byte)
  }

  private mutating func end(of unit: UInt32) {
    switch unit {
    case 0xD800..<0xDC00: half = unit
    case 0xDC00..<0xE000:
      if let half { run.take(scalar: 0x1_0000 + (half - 0xD800) << 10 + (unit - 0xDC00)) }
      half = nil
    default:
      half = nil
      run.take(scalar: unit)
    }
  }
}

extension UInt8 {
  /// What it stands for as a hexadecimal digit.
  package var hexadecimal: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
