// SPDX-License-Identifier: Apache-2.0

/// Text that may be written to a terminal or into a line of a log.
///
/// What somebody else wrote stands in it with control and invisible characters written out (`\n`, `\u{1B}`), so that it can neither act
/// on a terminal nor forge a line. A literal stands as the source has it; whatever is interpolated is written out, unless it is a
/// ``Shown`` itself. Where a function takes a ``Shown``, a raw string does not compile.
///
/// Ordinary text of every language stays as it is. Scalars are looked at, never graphemes, in time linear in the text. A backslash stays
/// a backslash: this is for reading, not for reading back.
package struct Shown: Hashable, Sendable, CustomStringConvertible {
  /// What is to be written, as it is.
  package private(set) var text: String

  package init(_ text: some StringProtocol) { self.text = Self.written(text, breaks: false, escape: Self.escape) }

  /// JSON, which keeps its meaning: what is hidden in a string is written as JSON's own escape, and the breaks between lines stay.
  package init(json text: some StringProtocol) { self.text = Self.written(text, breaks: true, escape: Self.jsonEscape) }

  /// Words of our own, such as a page of help, whose breaks between lines stay.
  package init(page text: some StringProtocol) { self.text = Self.written(text, breaks: true, escape: Self.escape) }

  /// An error: the words that it has for itself, else what it says of itself, with all lines but the first indented.
  package init(_ error: any Error) { self = (error as? any ShownConvertible)?.shown ?? Shown.block("\(error)", indent: "  ") }

  package var description: String { text }
  package var isEmpty: Bool { text.isEmpty }

  /// How many columns it takes, as far as each character takes one.
  package var width: Int { text.count }

  /// The lines of a message, without empty ones; whoever prints them indents each, so that none passes for a line of its own.
  ///
  /// - Parameter isFlush: Whether what indents them is taken off.
  package static func lines(_ text: some StringProtocol, isFlush: Bool = false) -> [Shown] {
    Substring(text).unicodeScalars.split(separator: "\n").map { line in
      let line = line.last == "\r" ? line.dropLast() : line
      return Shown(Substring(isFlush ? line.drop { $0.properties.isWhitespace || $0 == "\u{2800}" } : line))
    }
  }

  /// A message in place: its first line as it is, the others below it and indented.
  package static func block(_ text: some StringProtocol, indent: Shown = "    ") -> Shown {
    lines(text).joined(separator: "\n" + indent)
  }

  /// This text with spaces behind it up to a width.
  package func padded(to width: Int) -> Shown { self + Self.spaces(width - self.width) }

  package static func spaces(_ count: Int) -> Shown { Shown(raw: String(repeating: " ", count: max(0, count))) }

  package static func + (left: Shown, right: Shown) -> Shown { Shown(raw: left.text + right.text) }
  package static func += (left: inout Shown, right: Shown) { left.text += right.text }

  private init(raw text: String) { self.text = text }

  // MARK: Writing out

  private static func written(_ text: some StringProtocol, breaks: Bool, escape: (Unicode.Scalar) -> String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || breaks && $0 == UInt8(ascii: "\n") }) { return String(text) }
    // A string grows by doubling; its view of scalars makes room for each sequence that is appended, no more.
    var result = ""
    var rest = text.unicodeScalars.makeIterator()
    var previous: Unicode.Scalar?
    var upcoming = rest.next()
    while let scalar = upcoming {
      upcoming = rest.next()
      if !scalar.isHidden || breaks && scalar == "\n" || scalar.shapes(after: previous, before: upcoming) {
        result.unicodeScalars.append(scalar)
        previous = scalar
      } else {
        result += escape(scalar)
        previous = nil
      }
    }
    return result
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }

  private static func jsonEscape(_ scalar: Unicode.Scalar) -> String {
    String(scalar).utf16.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }.joined()
  }
}

/// Something that knows which of its words are its own and which are somebody else's.
package protocol ShownConvertible {
  var shown: Shown { get }
}

extension Shown: ExpressibleByStringInterpolation {
  package init(stringLiteral text: String) { self.init(raw: text) }
  package init(stringInterpolation parts: StringInterpolation) { self.init(raw: parts.text) }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity + 8 * interpolationCount) }

    package mutating func appendLiteral(_ literal: String) { text += literal }
    package mutating func appendInterpolation(_ shown: Shown) { text += shown.text }
    package mutating func appendInterpolation(_ string: some StringProtocol) { text += Shown(string).text }

    package mutating func appendInterpolation<Value>(_ value: Value) {
      text += (value as? any ShownConvertible)?.shown.text ?? Shown(String(describing: value)).text
    }

    /// An option of such a command, with its value.
    package mutating func appendInterpolation(option name: String, _ value: String) { text += ShellWord.option(name, value) }

    /// A word of a command that people may copy into a shell.
    package mutating func appendInterpolation(shell word: String) { text += ShellWord(word).description }
  }
}

extension Sequence<Shown> {
  package func joined(separator: Shown = "") -> Shown {
    var result: Shown = ""
    for (index, element) in enumerated() { result += index == 0 ? element : separator + element }
    return result
  }
}

extension StringProtocol {
  /// This text with control and invisible characters written out.
  package var shown: Shown { Shown(self) }
}
