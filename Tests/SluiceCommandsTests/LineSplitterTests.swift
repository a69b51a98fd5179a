// SPDX-License-Identifier: Apache-2.0

import SluiceCommands
import Testing

@Suite("Lines of what a process prints")
struct LineSplitterTests {
  @Test func `Lines are cut at their ends, wherever the bytes are cut`() {
    let text = "one\ntwo\r\n\nthree \u{1F600}\nrest"
    for size in [1, 2, 3, 100] {
      var splitter = LineSplitter()
      var lines: [String] = []
      var bytes = Array(text.utf8)[...]
      while !bytes.isEmpty {
        lines += splitter.take(bytes.prefix(size))
        bytes = bytes.dropFirst(size)
      }
      #expect(lines == ["one", "two", "", "three \u{1F600}"])
      #expect(splitter.rest() == "rest")
      #expect(splitter.rest() == nil)
    }
  }

  @Test func `Of a line that is too long the beginning is kept, and the next one is whole`() {
    var splitter = LineSplitter()
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: LastLinesLimits.printedLineBytes + 100_000)
    #expect(splitter.take(long) == [])
    let lines = splitter.take(Array("\nnext\n".utf8))
    #expect(lines.count == 2 && lines.last == "next")
    #expect(lines.first?.hasSuffix("x … (cut)") == true)
    #expect(lines.first?.utf8.count == LastLinesLimits.printedLineBytes + " … (cut)".utf8.count)
    // No text is shown as what it cannot be.
    #expect(splitter.take([0xFF, 0x0A]) == ["\u{FFFD}"])
  }
}
