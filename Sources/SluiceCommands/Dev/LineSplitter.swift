// SPDX-License-Identifier: Apache-2.0

/// Cuts what a process prints into lines. Of a line that is too long the beginning is a line, and the rest is left out.
package struct LineSplitter: Sendable {
  private var line: [UInt8] = []
  private var isCut = false

  package init() {}

  /// The lines that end in some bytes.
  package mutating func take(_ bytes: some Sequence<UInt8>) -> [String] {
    var lines: [String] = []
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        lines.append(ended())
      } else if line.count < LastLinesLimits.printedLineBytes {
        line.append(byte)
      } else {
        isCut = true
      }
    }
    return lines
  }

  /// What stands behind the last line's end; nil for nothing.
  package mutating func rest() -> String? { line.isEmpty ? nil : ended() }

  private mutating func ended() -> String {
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    defer { (line, isCut) = ([], false) }
    return String(decoding: line, as: UTF8.self) + (isCut ? " … (cut)" : "")
  }
}
