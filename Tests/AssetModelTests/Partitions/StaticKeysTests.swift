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
      (["latest"], "is a reserved word"), (["a\u{7}"], "control character"), (["a,\u{33c}b"], "contains ','"),
      (["a/\u{301}b"], "or '/'"),
      (["a.\u{301}.b", "..\u{301}"], "begins with '.'"), ([".\u{301}x"], "begins with '.'"),
      ([String(repeating: "k", count: 257)], "longer than 256 bytes"),
    ])
  func refuses(keys: [String], problem: String) {
    let error = modelError { try StaticKeys(keys) }
    #expect(error?.code == .malformedPartitionSpace)
    #expect(error?.message.contains(problem) == true)
  }

  @Test("Keys that would be refused are refused when decoded")
  func refusesWhenDecoded() {
    #expect(modelError { try decode(StaticKeys.self, from: ["a", "a"]) }?.code == .malformedPartitionSpace)
  }
}
