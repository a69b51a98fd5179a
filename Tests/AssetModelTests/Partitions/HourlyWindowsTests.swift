// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct HourlyWindowsTests {
  @Test(
    "Each hour's key is unique and leads to its index, over a year of changing clocks",
    arguments: [
      "America/New_York", "Europe/Zurich", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata", "Australia/Lord_Howe",
      "America/St_Johns", "Asia/Kathmandu", "UTC",
    ])
  func keysAndIndexes(zone: String) throws {
    let windows = try HourlyWindows(first: day("2013-01-01"), last: day("2013-12-31"), zone: Zone(zone))
    let total = windows.count(at: try instant("2020-01-01T00:00:00Z"))
    #expect(total == 8_760)
    let keys = (0..<total).map { windows.key(at: $0) }
    #expect(Set(keys).count == total)
    #expect(keys.indices.allSatisfy { windows.index(of: keys[$0]) == $0 })
    #expect(windows.index(of: windows.key(at: total)) == nil)
  }

  @Test("The hour that the clocks repeat has two keys, and the one that they skip has none")
  func changingClocks() throws {
    let windows = try HourlyWindows(first: day("2013-01-01"), last: nil, zone: Zone("America/New_York"))
    let first = try #require(windows.index(of: "2013-11-03T01:00-04:00"))
    #expect(windows.index(of: "2013-11-03T01:00-05:00") == first + 1)
    #expect(windows.index(of: "2013-03-10T02:00-05:00") == nil)
    let before = try #require(windows.index(of: "2013-03-10T01:00-05:00"))
    #expect(windows.key(at: before + 1) == "2013-03-10T03:00-04:00")
  }

  @Test("A zone half an hour off has keys on its own half hours")
  func halfHourZones() throws {
    let windows = try HourlyWindows(first: day("2013-01-01"), last: day("2013-01-01"), zone: Zone("Asia/Kolkata"))
    #expect(windows.key(at: 0) == "2013-01-01T00:00+05:30")
    #expect(try windows.start == instant("2012-12-31T18:30:00Z"))
    #expect(windows.limit == 24)
  }

  @Test("Where clocks shift by half an hour, hours go on by elapsed time, and the last day is covered whole")
  func lordHowe() throws {
    let windows = try HourlyWindows(first: day("2013-10-05"), last: day("2013-10-06"), zone: Zone("Australia/Lord_Howe"))
    #expect(windows.key(at: 25) == "2013-10-06T01:00+10:30")
    #expect(windows.key(at: 26) == "2013-10-06T02:30+11:00")
    #expect(windows.limit == 48)
    let following = try Zone("Australia/Lord_Howe").startOfDay(day("2013-10-07"))
    #expect(windows.window(at: 47).contains(following + .microseconds(-1)))
  }

  @Test(
    "A key is written one way only",
    arguments: [
      "2013-01-01T00:00Z", "2013-01-01T00:00-00:00", "2013-01-01T01:00+01:00", "2013-01-01T00:30+00:00", "2013-01-01T24:00+00:00",
      "2013-01-01",
    ])
  func refusesOtherSpellings(key: String) throws {
    let windows = try HourlyWindows(first: day("2013-01-01"), last: nil, zone: .utc)
    #expect(windows.index(of: "2013-01-01T00:00+00:00") == 0)
    #expect(windows.index(of: PartitionKey(key)) == nil)
  }

  @Test(
    "An hour is a partition from its end on, or from its beginning where the open window is included",
    arguments: [
      ("2000-01-01T00:00:00Z", 0, 0), ("2012-12-31T23:59:59Z", 0, 0), ("2013-01-01T00:00:00Z", 0, 1),
      ("2013-01-01T00:59:59Z", 0, 1), ("2013-01-01T01:00:00Z", 1, 2), ("2013-01-01T23:30:00Z", 23, 24),
      ("2014-01-01T00:00:00Z", 24, 24),
    ])
  func counts(now: String, ended: Int, begun: Int) throws {
    let windows = try HourlyWindows(first: day("2013-01-01"), last: day("2013-01-01"), zone: .utc)
    let open = try HourlyWindows(first: day("2013-01-01"), last: day("2013-01-01"), zone: .utc, includingOpenWindow: true)
    #expect(windows.count(at: try instant(now)) == ended)
    #expect(open.count(at: try instant(now)) == begun)
    #expect(try throughJSON(open) == open)
  }

  @Test("Hours that end before they begin, or begin before standard time, are refused")
  func refuses() throws {
    let inverted = modelError { try HourlyWindows(first: day("2013-01-02"), last: day("2013-01-01"), zone: .utc) }
    #expect(inverted?.message == "hourly partitions end (2013-01-01) before they begin (2013-01-02)")
    let early = modelError { try HourlyWindows(first: day("1870-01-01"), last: nil, zone: Zone("America/New_York")) }
    #expect(early?.message == "hourly partitions cannot begin before America/New_York has standard time (1870-01-01)")
  }

  @Test("What a peer lies about makes an empty or a distant space, and no crash")
  func survivesLies() throws {
    let none = HourlyWindows(start: Timestamp(microseconds: .max), limit: -3, zone: .utc)
    #expect(none.limit == 0)
    #expect(none.count(at: Timestamp(microseconds: .max)) == 0)
    let early = HourlyWindows(start: Timestamp(microseconds: .min), limit: nil, zone: .utc)
    #expect(early.count(at: try instant("2013-01-01T00:00:00Z")) > 0)
    #expect(early.index(of: early.key(at: 0)) == nil)
    let late = HourlyWindows(start: Timestamp(microseconds: .max), limit: nil, zone: .utc)
    #expect(late.index(of: "2013-01-01T00:00+00:00") == nil)
    #expect(!late.key(at: 3).description.isEmpty)
  }

  @Test("Hourly windows survive encoding")
  func encodes() throws {
    let windows = try HourlyWindows(first: day("2013-01-01"), last: day("2013-01-02"), zone: Zone("Asia/Kolkata"))
    #expect(try throughJSON(windows) == windows)
  }
}
