// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Testing

@Suite("A word of a shell")
struct ShellWordTests {
  private static let hostile = [
    "", "plain/word+", "two words", "it's", "'\u{301}", "'; rm -rf ~ #", "$(id) `id` $HOME \\ \"", "-n", "a\nb", "a\n", "\n\n",
    "\r\n",
    "\u{1B}[31mred", "50%\u{7}\\n", "-\u{8}", "\u{9B}\u{202E}é'", "7\u{1}8", "日本語", "a\u{200B}b\t",
  ]

  @Test(arguments: hostile)
  func `A real shell gives back its bytes`(text: String) throws {
    let (output, status) = try Self.run("printf '%s' \(ShellWord(text))")
    #expect(status == 0 && output == Data(text.utf8), "\(ShellWord(text))")
  }

  @Test(arguments: hostile)
  func `It holds nothing that a terminal acts on`(text: String) {
    let word = ShellWord(text).description
    #expect(Shown(word).text == word && !word.isEmpty)
  }

  @Test func `Every byte but NUL survives, alone and at the end`() throws {
    let texts = (UInt8(1)..<0x80).map { String(Unicode.Scalar($0)) } + ["a\u{80}", "\u{9F}", "\u{FFFD}", "\u{10FFFF}"]
    let script = texts.map { "printf '%s|' \(ShellWord($0)) \(ShellWord("x" + $0))" }.joined(separator: "; ")
    let (output, _) = try Self.run(script)
    #expect(output == Data(texts.map { "\($0)|x\($0)|" }.joined().utf8))
  }

  @Test func `A plain word stands without quotes`() {
    #expect(ShellWord("weather/hourly+,a:b").description == "weather/hourly+,a:b")
    #expect(ShellWord("a b").description == "'a b'")
    #expect(ShellWord("a\u{1B}b").description == #""$(printf -- 'a\033b')""#)
    #expect(ShellWord("a\u{0}b\u{1}").description == #""$(printf -- 'ab\001')""#)
  }

  @Test func `An option's value is never taken for an option`() throws {
    #expect(ShellWord.option("--partition", "2013-11-03") == "--partition 2013-11-03")
    #expect(ShellWord.option("--partition", "-1") == "--partition=-1")
    #expect(ShellWord.option("--partition", "-a b") == "--partition='-a b'")
    let (output, _) = try Self.run("printf '%s' \(ShellWord.option("--partition", "-$(echo)'\u{1B}"))")
    #expect(output == Data("--partition=-$(echo)'\u{1B}".utf8))
  }

  private static func run(_ script: String) throws -> (Data, Int32) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", script]
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (output, process.terminationStatus)
  }
}
