// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite("Runs of combining marks")
struct MarkRunTests {
  /// Marks of two classes, which canonical form puts in order: comparing as many as a text may have bytes takes hours.
  static func mixed(_ count: Int) -> String {
    "a" + String(repeating: "\u{315}", count: count - count / 2) + String(repeating: "\u{316}", count: count / 2)
  }

  @Test func `runs are measured to the mark, wherever they stand`() {
    for count in [0, 1, Limits.combiningMarks] { #expect(Self.mixed(count).hasMarks(), "\(count)") }
    #expect(!Self.mixed(Limits.combiningMarks + 1).hasMarks())
    #expect((Self.mixed(Limits.combiningMarks) + Self.mixed(Limits.combiningMarks)).hasMarks())
    #expect(!("plain text, then " + Self.mixed(Limits.combiningMarks + 1) + " and more").hasMarks())
    #expect(!("x" + Self.mixed(1_000_000)).dropFirst().hasMarks(within: 999_999))
  }

  @Test(arguments: ["\u{0F73}", "\u{0F75}", "\u{0F81}", "\u{0344}", "\u{302A}", "\u{A66F}", "\u{20D0}", "\u{1D165}", "\u{FE20}"])
  func `scalars that decompose into marks alone count, and marks of every plane`(mark: String) {
    #expect(!("a" + String(repeating: mark, count: Limits.combiningMarks + 1)).hasMarks())
    #expect(("a" + String(repeating: mark, count: Limits.combiningMarks)).hasMarks())
  }

  @Test(arguments: ["é", "각", "漢", "👩‍👩‍👧", "ñ", "ᾂ", "שָׁ", "ที่", "क्षि"])
  func `text of every language stays as it is`(word: String) {
    let text = String(repeating: word, count: 1_000)
    #expect(text.hasMarks())
    #expect(text.boundingMarks.utf8.elementsEqual(text.utf8))
  }

  @Test func `every scalar that is ordered among others is a mark`() {
    var missed: [Unicode.Scalar] = []
    for value in 0..<UInt32(0x2_0000) {
      guard let scalar = Unicode.Scalar(value), scalar.properties.canonicalCombiningClass != .notReordered else { continue }
      var run = MarkRun()
      run.take(scalar: value)
      if run.length != 1 { missed.append(scalar) }
    }
    #expect(missed == [])
  }

  @Test func `bytes that are no text hide no marks`() {
    let marks = Array(Self.mixed(40).utf8)
    for broken: [UInt8] in [[0xE0], [0xE0, 0x80], [0xF0, 0x9F], [0xFF], [0x80], [0xC0, 0x80]] {
      #expect(!(broken + marks.dropFirst()).withUnsafeBytes { MarkRun.isWithin(39, $0) }, "\(broken)")
      let shown = String(decoding: broken + marks.dropFirst(), as: UTF8.self)
      #expect(!shown.hasMarks(within: 39))
    }
  }

  @Test func `a text that is bounded keeps the first marks of each run`() {
    let text = "one \(Self.mixed(1_000_000)), two \(Self.mixed(5))"
    let bounded = text.boundingMarks
    #expect(
      bounded.utf8.elementsEqual("one a\(String(repeating: "\u{315}", count: Limits.combiningMarks)), two \(Self.mixed(5))".utf8))
  }
}
