// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct AssetKeyTests {
  @Test(
    "A key is segments of letters, digits, '_' and '-', joined by '/'",
    arguments: ["a", "weather/hourly", "_x/y-1/Z_9", "A/B/C/D"])
  func acceptsWellFormed(text: String) throws {
    let key = try AssetKey(text)
    #expect(key.description == text)
    #expect(key.segments.joined(separator: "/") == text)
  }

  @Test(
    "A malformed key is refused with the text and what is wrong with it",
    arguments: [
      ("", "is empty"), ("/a", "empty segment"), ("a/", "empty segment"), ("a//b", "empty segment"), ("1a", "the segment '1a'"),
      ("a/-b", "the segment '-b'"), ("a b", "the segment 'a b'"), ("a/é", "the segment 'é'"), ("a.b", "the segment 'a.b'"),
    ])
  func refusesMalformed(text: String, problem: String) {
    let error = modelError { try AssetKey(text) }
    #expect(error?.code == .malformedKey)
    #expect(error?.message.contains("'\(text)'") == true)
    #expect(error?.message.contains(problem) == true)
  }

  @Test("A key may be as long and as deep as the limits say, and no more")
  func limits() throws {
    let longest = String(repeating: "k", count: Limits.keyLength)
    #expect(try AssetKey(longest).description == longest)
    #expect(modelError { try AssetKey(longest + "k") }?.message.contains("longer than 256 bytes") == true)
    let deepest = Array(repeating: "s", count: Limits.keySegments).joined(separator: "/")
    #expect(try AssetKey(deepest).segments.count == Limits.keySegments)
    #expect(modelError { try AssetKey(deepest + "/s") }?.message.contains("more than 16 segments") == true)
  }

  @Test("An error quotes the beginning of an oversized text, not all of it")
  func quotesBriefly() throws {
    let error = try #require(modelError { try AssetKey(String(repeating: "x", count: 1_000_000)) })
    #expect(error.message.count < 200)
  }

  @Test("Keys are ordered by their text, and survive encoding")
  func ordersAndEncodes() throws {
    let keys = try ["b", "a/b", "a"].map { try AssetKey($0) }
    #expect(keys.sorted().map(\.description) == ["a", "a/b", "b"])
    #expect(try throughJSON(keys) == keys)
  }

  @Test("A malformed key is refused when decoded")
  func refusesMalformedWhenDecoded() {
    #expect(modelError { try decode(AssetKey.self, from: "a//b") }?.code == .malformedKey)
  }

  @Test("A location's name is one segment")
  func locationName() throws {
    #expect(try LocationName("weather").description == "weather")
    #expect(modelError { try LocationName("a/b") }?.message == "location name 'a/b' contains '/': one segment only")
    #expect(modelError { try LocationName("") }?.code == .malformedLocationName)
    #expect(try LocationName("a") < LocationName("b"))
    #expect(try throughJSON(LocationName("weather")) == LocationName("weather"))
  }
}
