// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct SelectionTests {
  typealias Clause = Selection.Clause

  @Test("A key may be joined by its ancestors, its descendants, or both")
  func neighbours() throws {
    let key = try AssetKey("weather/hourly")
    #expect(try Selection("weather/hourly").clauses == [Clause(.key(key))])
    #expect(try Selection("+weather/hourly").clauses == [Clause(.key(key), ancestors: true)])
    #expect(try Selection("weather/hourly+").clauses == [Clause(.key(key), descendants: true)])
    #expect(try Selection("+weather/hourly+").clauses == [Clause(.key(key), ancestors: true, descendants: true)])
  }

  @Test("Everything, prefixes and groups can be selected, and commas join")
  func terms() throws {
    #expect(try Selection("*") == .all)
    let below = Clause(.below(try AssetKey("insights")), ancestors: true)
    #expect(
      try Selection("+insights/*, group:reports+ ,fleet/planes").clauses
        == [below, Clause(.group("reports"), descendants: true), Clause(.key(try AssetKey("fleet/planes")))])
  }

  @Test(
    "A malformed part is named, with the mend",
    arguments: [
      ("", ""), ("+", "+"), ("++a", "++a"), ("a++", "a++"), ("a,,b", ""), ("a, b c", "b c"), ("group:", "group:"),
      ("a/*/b", "a/*/b"), ("/*", "/*"),
    ])
  func refuses(text: String, part: String) {
    let error = modelError { try Selection(text) }
    #expect(error?.code == .malformedSelection)
    #expect(error?.message.hasPrefix("selection '\(part)': ") == true)
    #expect(
      error?.message.hasSuffix("write a key, 'prefix/*', 'group:NAME' or '*', with '+' for ancestors or descendants") == true)
  }

  @Test("A selection survives encoding, and a list of keys is written as one")
  func encodes() throws {
    let keys = try [AssetKey("a/b"), AssetKey("c")]
    #expect(Selection(keys: keys).description == "a/b,c")
    #expect(try Selection("a/b,c") == Selection(keys: keys))
    #expect(try throughJSON(Selection("+a/*,group:x")) == Selection("+a/*,group:x"))
  }
}
