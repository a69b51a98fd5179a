// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct OwnershipPatternTests {
  @Test(
    "A pattern covers its key, or with '/*' every key below its prefix at any depth",
    arguments: [
      ("weather/hourly", "weather/hourly", true), ("weather/hourly", "weather/hourly/raw", false),
      ("weather/*", "weather/hourly", true), ("weather/*", "weather/a/b/c", true), ("weather/*", "weather", false),
      ("weather/*", "weatherman/x", false), ("a/b/*", "a/b/c", true), ("a/b/*", "a/c", false),
    ])
  func matches(pattern: String, key: String, expected: Bool) throws {
    #expect(try OwnershipPattern(pattern).matches(AssetKey(key)) == expected)
  }

  @Test(
    "Two patterns overlap when some key could match both, whichever is asked",
    arguments: [
      ("a/*", "a/*", true), ("a/*", "a/b", true), ("a/*", "a/b/*", true), ("a/b/*", "a/b", false), ("a/*", "a", false),
      ("a/*", "ab/*", false), ("a/b", "a/b", true), ("a/b", "a/c", false), ("a/b/*", "a/c/*", false),
    ])
  func overlaps(left: String, right: String, expected: Bool) throws {
    let (left, right) = (try OwnershipPattern(left), try OwnershipPattern(right))
    #expect(left.overlaps(right) == expected)
    #expect(right.overlaps(left) == expected)
  }

  @Test(
    "A pattern is a key or a prefix ending in '/*', and nothing else", arguments: ["", "*", "/*", "a/*/b", "a*", "a/**", "a//*"])
  func refuses(text: String) {
    let error = modelError { try OwnershipPattern(text) }
    #expect(error?.code == .malformedPattern)
    #expect(error?.message == "owns pattern '\(text)': write an asset key, or a prefix ending in '/*'")
  }

  @Test("A location that names no pattern owns what lies below its own name")
  func defaultPattern() throws {
    let pattern = OwnershipPattern(defaultFor: try LocationName("fleet"))
    #expect(try pattern == OwnershipPattern("fleet/*"))
    #expect(try throughJSON(pattern) == pattern)
  }
}
