// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Synchronization
import TestSupport
import Testing

@Suite("Text that is fit to be shown")
struct ShownTests {
  @Test(arguments: [
    ("a\u{1B}[2Jb", #"a\u{1B}[2Jb"#), ("a\nb", #"a\nb"#), ("a\r\nb", #"a\r\nb"#), ("a\tb", #"a\tb"#),
    ("\u{7}\u{8}", #"\u{7}\u{8}"#),
    ("\u{0}", #"\u{0}"#), ("\u{7F}", #"\u{7F}"#), ("\u{9B}31m", #"\u{9B}31m"#), ("\u{85}", #"\u{85}"#),
    ("x\u{202E}y", #"x\u{202E}y"#), ("\u{2066}\u{2069}", #"\u{2066}\u{2069}"#), ("a\u{200B}b", #"a\u{200B}b"#),
    ("\u{FEFF}a", #"\u{FEFF}a"#), ("\u{2028}\u{2029}", #"\u{2028}\u{2029}"#), ("a\u{AD}b", #"a\u{AD}b"#),
    ("\u{E0041}", #"\u{E0041}"#), ("a\u{200D}b", #"a\u{200D}b"#), ("a\u{FE0F}", #"a\u{FE0F}"#),
    ("\u{200E}\u{200F}\u{61C}", #"\u{200E}\u{200F}\u{61C}"#),
    ("\n\u{301}", "\\n\u{301}"), ("\u{1B}\u{301}[m", "\\u{1B}\u{301}[m"), ("می\u{200C}\u{200C}ر", #"می\u{200C}\u{200C}ر"#),
  ])
  func `What a terminal acts on, or nobody sees, is written out`(text: String, shown: String) {
    #expect(Shown(text).text.unicodeScalars.elementsEqual(shown.unicodeScalars), "\(Shown(text).text)")
  }

  @Test(arguments: [
    "plain", #"C:\new\table"#, "Grüße, naïve Größe", "Привет, мир", "日本語の文章　です", "中文", "한국어", "שלום", "السلام عليكم",
    "می\u{200C}خواهم", "हिन्दी क्\u{200D}ष", "ไทย", "👩\u{200D}💻 ❤\u{FE0F}\u{200D}🔥 👍🏽 1\u{FE0F}\u{20E3}", "葛\u{E0100}城", "e\u{301}",
    "l’été : 12 000 €",
  ])
  func `Ordinary text of every language stays as it is`(text: String) {
    #expect(Shown(text).text.unicodeScalars.elementsEqual(text.unicodeScalars), "\(Shown(text).text)")
  }

  @Test func `Every scalar is either drawn or written out in plain characters`() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = Shown(String(scalar)).text
      let isKept = text.unicodeScalars.first == scalar
      let category = scalar.properties.generalCategory
      let isHarmful = category == .control || category == .lineSeparator || category == .paragraphSeparator
      if isKept ? isHarmful : !text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { Issue.record("U+\(String(value, radix: 16))") }
    }
  }

  @Test func `Ten thousand accents cost what ten thousand letters cost`() {
    let accents = "e" + String(String.UnicodeScalarView(repeatElement("\u{301}", count: 200_000)))
    let joiners = String(String.UnicodeScalarView(repeatElement("\u{200D}", count: 200_000)))
    // Steps over graphemes took minutes.
    #expect(ProcessorTime.measure { _ = Shown(accents) } < .seconds(10))
    #expect(ProcessorTime.measure { _ = Shown(joiners) } < .seconds(10))
    #expect(Shown(joiners).text.utf8.count == 200_000 * 8)
  }

  @Test func `A literal stands as it is, and what is interpolated is written out once`() {
    let name = "a\nb"
    let inner: Shown = "<\(name)>"
    let outer: Shown = "1\n\(inner) \(42) \(name.prefix(2))"
    #expect(outer.text == "1\n<a\\nb> 42 a\\n")
  }

  @Test func `Lines of a message are told apart by newlines alone, and none is empty`() {
    #expect(Shown.lines("a\r\n\nb\u{85}c\u{2028}d\n").map(\.text) == ["a", #"b\u{85}c\u{2028}d"#])
    #expect(Shown.lines("a\n\u{301}b").map(\.text) == ["a", "\u{301}b"])
    #expect(Shown.block("a\nb").text == "a\n    b")
    #expect(Shown.lines("").isEmpty)
  }

  @Test func `JSON means the same with everything hidden written as its own escapes`() {
    #expect(
      Shown(json: "{\"a\":\"\u{7F}\u{9B}\u{2028}\u{E0041}é\"}\n").text == "{\"a\":\"\\u007f\\u009b\\u2028\\udb40\\udc41é\"}\n")
  }

  @Test func `An entry of a log is one line, whatever it quotes`() {
    let written = Mutex("")
    let stream = EntryStream { line in written.withLock { $0 += line.text } }
    stream.write("warning: x\nerror: forged\r\n")
    stream.write("no end")
    #expect(written.withLock { $0 } == "warning: x\\nerror: forged\\r\nno end\n")
  }
}
