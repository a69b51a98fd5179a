// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite("Text that a peer supplies")
struct TextTests {
  /// One grapheme of 40,001 bytes.
  private static let grapheme = "a" + String(repeating: "\u{301}", count: 20_000)

  @Test func `a text is cut on the edge of a scalar, at a number of bytes, and marked`() {
    #expect("short".cut(toBytes: 100) == "short")
    let cut = String(repeating: "ä", count: 100).cut(toBytes: 50)
    #expect(cut.utf8.count <= 50)
    #expect(cut.hasSuffix(" … (cut)"))
    #expect(!cut.unicodeScalars.contains("\u{FFFD}"))
  }

  @Test func `one letter with ten thousand accents is cut within its grapheme`() {
    let cut = Self.grapheme.cut(toBytes: 1_000)
    #expect(cut.utf8.count <= 1_000)
    #expect(cut.utf8.count > 900)
  }

  @Test func `an error quotes a bounded number of bytes, whatever the text is made of`() throws {
    let error = #expect(throws: ModelError.self) { try AssetKey(Self.grapheme) }
    #expect(try #require(error).message.utf8.count < 300)
    let selection = #expect(throws: ModelError.self) { try Selection("group:" + Self.grapheme + ",!") }
    #expect(try #require(selection).message.utf8.count < 600)
  }

  @Test(arguments: ["\u{1B}[31m", "a\nb", "\u{7}", "\u{85}", "\u{202E}abc", "\u{2066}", "\u{2028}", "\u{7F}"])
  func `controls and what turns text around are unprintable`(text: String) { #expect(text.hasUnprintable) }

  @Test(arguments: ["plain", "süd ☀️", "👩‍🔬", "می‌خواهم", "日本語", "a'b\"c"])
  func `ordinary text of any language is printable`(text: String) { #expect(!text.hasUnprintable) }
}
