// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct StaticKeysTests {
  @Test("Static keys keep the order in which the team wrote them")
  func keepsOrder() throws {
    let keys = try StaticKeys(["north", "east", "south"])
    #expect(keys.all == ["north", "east", "south"])
    #expect(keys.index(of: "east") == 1)
    #expect(keys.index(of: "west") == nil)
    #expect(try throughJSON(keys) == keys)
  }

  @Test(
    "A list that cannot name partitions is refused, saying why",
    arguments: [
      ([], "need 1 to 100000 keys, not 0"), (["a", "b", "a"], "'a' appears twice"), ([""], "is empty"),
      (["a,b"], "contains ','"), (["a..b"], "contains ','"), (["a/b"], "or '/'"), ([".hidden"], "begins with '.'"),
      (["latest"], "is a reserved word: where partitions are named it stands for the last one"),
      (["north", "all"], "is a reserved word: where partitions are named it stands for every partition"),
      (["a\u{7}"], "control character"), (["a,\u{33c}b"], "contains ','"),
      (["a/\u{301}b"], "or '/'"), (["cafe\u{301}"], "composed form (NFC)"), (["\u{212B}"], "composed form (NFC)"),
      (["a.\u{301}.b", "..\u{301}"], "begins with '.'"), ([".\u{301}x"], "begins with '.'"),
      ([String(repeating: "k", count: 257)], "longer than 256 bytes"),
    ])
  func refuses(keys: [String], problem: String) {
    let error = modelError { try StaticKeys(keys) }
    #expect(error?.code == .malformedPartitionSpace)
    #expect(error?.message.contains(problem) == true)
  }

  @Test("A key that is spelled otherwise is the declared one, whose bytes files and tables know")
  func declared() throws {
    let space = PartitionSpace.keys(try StaticKeys(["caf\u{E9}", "tea"]))
    #expect(space.declared("cafe\u{301}").description.utf8.elementsEqual("caf\u{E9}".utf8))
    #expect(space.declared("milk") == "milk")
    // One that an earlier release let pass stays as it is.
    let stored = PartitionSpace.keys(try StaticKeys(stored: ["cafe\u{301}"]))
    #expect(stored.declared("caf\u{E9}").description.utf8.elementsEqual("cafe\u{301}".utf8))
  }

  @Test("Every key can be named as it is")
  func isNameable() throws {
    let keys = ["ALL", "Latest", "every", "a=b", "a b", "*", "-a", "a.b", "a;b", "$(x)", "2013-11-03", "'"]
    let space = PartitionSpace.keys(try StaticKeys(keys))
    for (index, key) in keys.enumerated() {
      #expect(try space.parse(key, at: Timestamp(seconds: 0)) == [index])
      #expect(try space.parse(space.describe([index]), at: Timestamp(seconds: 0)) == [index])
    }
  }

  @Test("Keys that would be refused are refused when decoded")
  func refusesWhenDecoded() {
    #expect(modelError { try decode(StaticKeys.self, from: ["a", "a"]) }?.code == .malformedPartitionSpace)
  }
}
