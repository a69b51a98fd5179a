// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct DailyWindowsTests {
  @Test(
    "Each day's key leads to its index and its window joins the next, also where clocks change",
    arguments: [
      "America/New_York", "Europe/Zurich", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata", "Australia/Lord_Howe",
      "Asia/Kathmandu", "Asia/Beirut", "America/St_Johns", "UTC",
    ])
  func keysAndWindows(zone: String) throws {
    let (first, last) = (try day("2009-12-30"), try day("2015-01-02"))
    let windows = try DailyWindows(first: first, last: last, zone: Zone(zone))
    let open = try DailyWindows(first: first, last: last, zone: Zone(zone), includingOpenWindow: true)
    let total = try day("2015-01-02").daysSince1970 - day("2009-12-30").daysSince1970 + 1
    for index in 0..<total {
      let (window, key) = (windows.window(at: index), windows.key(at: index))
      #expect(windows.index(of: key) == index)
      #expect(window.upperBound == windows.window(at: index + 1).lowerBound)
      let hours = (window.upperBound - window.lowerBound) / .seconds(3_600)
      #expect((22.5...25).contains(hours), "\(key) in \(zone) lasts \(hours) hours")
      // It is a partition from the next day's first instant on, or from its own where the open window is included.
      #expect(windows.count(at: window.upperBound) == index + 1)
      #expect(windows.count(at: window.upperBound + .microseconds(-1)) == index)
      #expect(open.count(at: window.lowerBound) == index + 1)
      #expect(open.count(at: window.lowerBound + .microseconds(-1)) == index)
    }
  }

  @Test(
    "A day whose midnight does not exist begins where the gap ends",
    arguments: [
      ("America/Sao_Paulo", "2013-10-20", "2013-10-20T03:00:00Z", 23), ("Africa/Cairo", "2010-04-30", "2010-04-29T22:00:00Z", 23),
      ("Asia/Beirut", "2013-03-31", "2013-03-30T22:00:00Z", 23), ("America/Santiago", "2013-09-08", "2013-09-08T04:00:00Z", 23),
    ])
  func missingMidnight(zone: String, key: String, start: String, hours: Int) throws {
    let windows = try DailyWindows(first: day(key), last: nil, zone: Zone(zone))
    #expect(try windows.window(at: 0).lowerBound == instant(start))
    #expect(windows.window(at: 0).upperBound - windows.window(at: 0).lowerBound == .seconds(hours * 3_600))
  }

  @Test("A day on which clocks are put back over midnight begins once, at the first midnight")
  func repeatedMidnight() throws {
    // At 00:01 on 2010-11-07 the clocks of St. John's went back to 23:01 of the day before.
    let windows = try DailyWindows(first: day("2010-11-06"), last: nil, zone: Zone("America/St_Johns"))
    #expect(try windows.window(at: 1).lowerBound == instant("2010-11-07T02:30:00Z"))
    let again = try instant("2010-11-07T03:00:00Z")
    #expect(try Zone("America/St_Johns").local(at: again).day == day("2010-11-06"))
    #expect(windows.count(at: again) == 1)
    let open = try DailyWindows(first: day("2010-11-06"), last: nil, zone: windows.zone, includingOpenWindow: true)
    #expect(open.count(at: again) == 2)
  }

  @Test("A day that a zone skipped at the date line has an empty window")
  func skippedDay() throws {
    let windows = try DailyWindows(first: day("2011-12-29"), last: day("2011-12-31"), zone: Zone("Pacific/Apia"))
    #expect(windows.window(at: 1).isEmpty)
    #expect(windows.window(at: 0).upperBound == windows.window(at: 2).lowerBound)
  }

  @Test("The last day is included, and nothing exists after it")
  func includesThrough() throws {
    let windows = try DailyWindows(first: day("2013-01-01"), last: day("2013-12-31"), zone: Zone("America/New_York"))
    let later = try instant("2026-01-01T00:00:00Z")
    #expect(windows.count(at: later) == 365)
    let open = try DailyWindows(first: windows.first, last: windows.last, zone: windows.zone, includingOpenWindow: true)
    #expect(open.count(at: later) == 365)
    #expect(windows.index(of: "2013-12-31") == 364)
    #expect(windows.index(of: "2014-01-01") == nil)
    #expect(windows.index(of: "2012-12-31") == nil)
    let before = try instant("2012-12-31T00:00:00Z")
    #expect(windows.count(at: before) == 0)
    #expect(open.count(at: before) == 0)
  }

  @Test(
    "Only days that exist are keys",
    arguments: ["2013-02-29", "2013-1-1", "2013-01-01 ", "", "20130101", "２013-01-01", "+013-01-01"])
  func refusesNonDays(key: String) throws {
    let windows = try DailyWindows(first: day("2000-01-01"), last: nil, zone: .utc)
    #expect(windows.index(of: PartitionKey(key)) == nil)
  }

  @Test("Days that end before they begin are refused")
  func refusesInverted() throws {
    let error = modelError { try DailyWindows(first: day("2013-01-02"), last: day("2013-01-01"), zone: .utc) }
    #expect(error?.message == "daily partitions end (2013-01-01) before they begin (2013-01-02)")
  }

  @Test("Daily windows survive encoding, with and without an end, with and without the open one")
  func encodes() throws {
    let zone = try Zone("Europe/Zurich")
    for last in [nil, try day("2013-12-31")] {
      for isOpen in [false, true] {
        let windows = try DailyWindows(first: day("2013-01-01"), last: last, zone: zone, includingOpenWindow: isOpen)
        #expect(try throughJSON(windows) == windows)
      }
    }
    let error = modelError { try decode(DailyWindows.self, from: ["from": "2013-13-01", "zone": "UTC"]) }
    #expect(error?.message == "a day is written YYYY-MM-DD")
  }
}
