// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("What a launch's text names")
struct PartitionTextsTests {
  @Test func `it is read once for each space, however many steps have it`() throws {
    let now = Timestamp(seconds: 1_700_000_000)
    let spaces: [PartitionSpace] = [
      .keys(try StaticKeys(["a", "b", "c"])), .keys(try StaticKeys(["a", "x", "c"])), .keys(try StaticKeys(["a", "b"])),
    ]
    var texts = PartitionTexts()
    for _ in 0..<100 { for space in spaces { #expect(try texts.parse("a", in: space, at: now) == [0]) } }
    // Equal spaces that were made apart are one.
    #expect(try texts.parse("a", in: .keys(StaticKeys(["a", "b"])), at: now) == [0])
    #expect(texts.reads == spaces.count)
  }

  @Test func `a text that names none is refused in each space`() throws {
    let now = Timestamp(seconds: 1_700_000_000)
    let space = PartitionSpace.keys(try StaticKeys(["a"]))
    var texts = PartitionTexts()
    for _ in 0..<2 { #expect(throws: ModelError.self) { try texts.parse("z", in: space, at: now) } }
  }
}
