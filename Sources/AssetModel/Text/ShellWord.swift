// SPDX-License-Identifier: Apache-2.0

/// Text as a POSIX shell takes it for one word, in a command that people may copy.
///
/// It holds nothing that a terminal acts on or a reader does not see: such characters are made by `printf` as the command runs. The
/// program gets the text's bytes, all but NUL, which no argument can hold.
package struct ShellWord: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ text: String) {
    if !text.isEmpty, text.utf8.allSatisfy(Self.isPlain) {
      description = text
    } else if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) || Shown(text).text.utf8.elementsEqual(text.utf8) {
      description = "'" + Self.replaced(text) { $0 == UInt8(ascii: "'") ? #"'\''"# : nil } + "'"
    } else {
      description = Self.printed(text)
    }
  }

  /// An option with its value. One that begins with a dash would be an option itself, unless it is joined to its name.
  package static func option(_ name: String, _ value: String) -> String {
    "\(name)\(value.utf8.first == UInt8(ascii: "-") ? "=" : " ")\(ShellWord(value))"
  }

  /// Characters that no shell reads anything into.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "/"), UInt8(ascii: "+"),
      UInt8(ascii: ":"):
      true
    default: false
    }
  }

  /// `"$(printf 'a\033b')"`; a shell takes newlines off the end of what `printf` says, so those come from `IFS`, whose last they are.
  private static func printed(_ text: String) -> String {
    var body = Array(text.utf8)
    var breaks = 0
    while body.last == UInt8(ascii: "\n") {
      body.removeLast()
      breaks += 1
    }
    let format = replaced(String(decoding: body, as: UTF8.self)) { byte in
      switch byte {
      case UInt8(ascii: "%"): "%%"
      case UInt8(ascii: "\\"): #"\\"#
      case UInt8(ascii: "'"): #"'\''"#
      case 0x20..<0x7F: nil
      case 0: ""
      default: octal(byte)
      }
    }
    // A format that begins with a dash would be an option.
    return "\"$(printf -- '\(format)')" + String(repeating: "${IFS#??}", count: breaks) + "\""
  }

  private static func octal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 8)
    return "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
  }

  private static func replaced(_ text: String, _ replacement: (UInt8) -> String?) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if let other = replacement(byte) { bytes += other.utf8 } else { bytes.append(byte) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
