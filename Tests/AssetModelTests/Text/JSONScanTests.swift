// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Testing

@Suite("A pass over JSON")
struct JSONScanTests {
  private func scan(_ text: String) -> JSONScan { Array(text.utf8).withUnsafeBytes { JSONScan($0) } }

  @Test func `marks are counted in every string, as they are or as escapes`() {
    #expect(scan("{\"\(MarkRunTests.mixed(100))\": 1}").marks == 100)
    let escaped = String(repeating: "\\u0315", count: 50) + String(repeating: "\\u0316", count: 50)
    #expect(scan("[\"a\(escaped)\"]").marks == 100)
    #expect(scan("[\"a\(escaped)\u{315}\"]").marks == 101)
    #expect(scan("[\"a\(escaped.replacing("\\u0316", with: "\\u0316\\n"))\"]").marks == 51)
    // Musical marks, beyond the first plane; and emoji, which are none.
    #expect(scan("[\"a\(String(repeating: "\\uD834\\uDD65", count: 40))\"]").marks == 40)
    #expect(scan("[\"\(String(repeating: "\\ud83d\\ude00", count: 40))\"]").marks == 0)
    #expect(scan("[\"a\u{315}\", \"\u{315}\"]").marks == 1)
  }

  @Test func `depth is that of the text outside of strings, also of a malformed one`() {
    #expect(scan(#"["\u12", [[ "\\", "\"[[" ]] ]"#).depth == 3)
    #expect(scan(#"["\u"[[["#).depth == 4)
  }

  @Test func `what is not in UTF-8 shows`() {
    #expect(!scan("[1]").isForeign)
    #expect(scan("[1]\u{0}").isForeign)
    for bytes: [UInt8] in [[0x00, 0x5B, 0x00, 0x5D], [0x5B, 0x00, 0x5D, 0x00], [0xFE, 0xFF], [0xFF, 0xFE]] {
      #expect(bytes.withUnsafeBytes { JSONScan($0) }.isForeign)
    }
  }
}
