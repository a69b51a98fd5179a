// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Testing

@Suite struct ZoneTests {
  @Test("A zone is an IANA name or 'UTC', and is written as such")
  func names() throws {
    #expect(try Zone("America/New_York").description == "America/New_York")
    #expect(try Zone("UTC") == .utc)
    #expect(try Zone("GMT").description == "UTC")
    #expect(try throughJSON(Zone("UTC")) == .utc)
    #expect(try throughJSON(Zone("Asia/Kolkata")) == Zone("Asia/Kolkata"))
  }

  @Test(
    "An unknown zone is refused with an example",
    arguments: ["", "EST", "America/Nowhere", "+02:00", "Mars/Base", "../UTC", "GMT+2", "/"])
  func refuses(name: String) {
    let error = modelError { try Zone(name) }
    #expect(error?.code == .malformedTimeZone)
    #expect(error?.message == "unknown time zone '\(name)': use an IANA name such as 'Europe/Zurich', or 'UTC'")
  }

  @Test("A wall-clock time happens once, in a gap never, in an overlap twice")
  func resolves() throws {
    let zone = try Zone("America/New_York")
    let noon = LocalTime(day: try day("2013-03-10"), second: 43_200)
    #expect(zone.resolve(noon) == .once(try instant("2013-03-10T16:00:00Z")))
    let gap = LocalTime(day: try day("2013-03-10"), second: 9_000)
    #expect(zone.resolve(gap) == .gap(end: try instant("2013-03-10T07:00:00Z")))
    let overlap = LocalTime(day: try day("2013-11-03"), second: 5_400)
    #expect(zone.resolve(overlap) == .twice(try instant("2013-11-03T05:30:00Z"), try instant("2013-11-03T06:30:00Z")))
  }

  @Test("The edges of a gap and of an overlap belong where clocks say they do")
  func edges() throws {
    let zone = try Zone("Europe/Zurich")
    let spring = try day("2013-03-31")
    #expect(zone.resolve(LocalTime(day: spring, second: 7_199)) == .once(try instant("2013-03-31T00:59:59Z")))
    #expect(zone.resolve(LocalTime(day: spring, second: 7_200)) == .gap(end: try instant("2013-03-31T01:00:00Z")))
    #expect(zone.resolve(LocalTime(day: spring, second: 10_800)) == .once(try instant("2013-03-31T01:00:00Z")))
    let autumn = try day("2013-10-27")
    #expect(
      zone.resolve(LocalTime(day: autumn, second: 7_200))
        == .twice(try instant("2013-10-27T00:00:00Z"), try instant("2013-10-27T01:00:00Z")))
    #expect(zone.resolve(LocalTime(day: autumn, second: 10_800)) == .once(try instant("2013-10-27T02:00:00Z")))
  }

  @Test(
    "Every hour of a year returns from its wall-clock time",
    arguments: [
      "America/New_York", "Europe/Zurich", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia", "UTC",
    ])
  func roundTrips(name: String) throws {
    let zone = try Zone(name)
    let start = try instant("2011-01-01T00:00:00Z")
    let wrong = (0..<8_760 * 2).map { start + .seconds($0 * 1_800) }.filter { instant in
      switch zone.resolve(zone.local(at: instant)) {
      case .once(let only): only != instant
      case .twice(let first, let second): instant != first && instant != second
      case .gap: true
      }
    }
    #expect(wrong == [])
  }

  @Test("A wall-clock time knows its day and second on both sides of 1970")
  func localTime() throws {
    let local = LocalTime(secondsSince1970: -1)
    #expect(local.day.description == "1969-12-31")
    #expect(local.second == 86_399)
    #expect(LocalTime(day: try day("1969-12-31"), second: 86_399) == local)
    #expect(local < LocalTime(secondsSince1970: 0))
  }
}
