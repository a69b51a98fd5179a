// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct CivilDateTests {
  @Test("Every day of eight centuries follows the calendar's rules, and returns from its parts")
  func walksTheCalendar() throws {
    var expected = (year: 1600, month: 1, day: 1)
    var date = try #require(CivilDate(year: 1600, month: 1, day: 1))
    var wrong: [String] = []
    while expected.year < 2400 {
      if date.components != expected || CivilDate(date.description) != date { wrong.append(date.description) }
      expected = Self.following(expected)
      date = date.advanced(by: 1)
    }
    #expect(wrong == [])
  }

  private static func following(_ date: (year: Int, month: Int, day: Int)) -> (year: Int, month: Int, day: Int) {
    let isLeap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if date.day < lengths[date.month - 1] { return (date.year, date.month, date.day + 1) }
    return date.month < 12 ? (date.year, date.month + 1, 1) : (date.year + 1, 1, 1)
  }

  @Test(
    "A day that does not exist is no date",
    arguments: [
      (2013, 2, 29), (1900, 2, 29), (2013, 4, 31), (2013, 0, 1), (2013, 13, 1), (2013, 1, 0), (0, 1, 1), (10_000, 1, 1),
    ])
  func refuses(year: Int, month: Int, day: Int) {
    #expect(CivilDate(year: year, month: month, day: day) == nil)
  }

  @Test("Leap days exist every four years, but not in three of four century years")
  func leapDays() {
    #expect(CivilDate("2012-02-29") != nil)
    #expect(CivilDate("2000-02-29") != nil)
  }

  @Test("Weekdays count from Sunday, also before 1970")
  func weekdays() throws {
    #expect(try day("2013-11-03").weekday == 0)
    #expect(try day("1970-01-01").weekday == 4)
    #expect(try day("1969-12-28").weekday == 0)
    #expect(try day("1969-12-27").weekday == 6)
  }

  @Test("Days are ordered and written with four digits of year")
  func ordersAndDescribes() throws {
    #expect(try day("0099-12-31") < day("0100-01-01"))
    #expect(try day("0099-12-31").description == "0099-12-31")
  }
}
