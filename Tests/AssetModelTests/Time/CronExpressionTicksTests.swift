// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct CronExpressionTicksTests {
  private func ticks(_ cron: String, in zone: String, after start: String, count: Int) throws -> [String] {
    let (cron, zone) = (try CronExpression(cron), try Zone(zone))
    var last = try instant(start)
    return (0..<count).map { _ in
      last = cron.next(after: last, in: zone)
      return String(last.description.dropLast(".000Z".count))
    }
  }

  @Test("A tick is strictly after the instant")
  func isStrictlyAfter() throws {
    #expect(try ticks("0 2 * * *", in: "UTC", after: "2013-01-01T02:00:00Z", count: 1) == ["2013-01-02T02:00:00"])
    #expect(try ticks("0 2 * * *", in: "UTC", after: "2013-01-01T01:59:59Z", count: 1) == ["2013-01-01T02:00:00"])
  }

  @Test("Steps, lists and ranges tick where they say")
  func steps() throws {
    #expect(
      try ticks("50-59/5,7 9,17 * * *", in: "UTC", after: "2013-01-01T09:30:00Z", count: 4)
        == ["2013-01-01T09:50:00", "2013-01-01T09:55:00", "2013-01-01T17:07:00", "2013-01-01T17:50:00"])
  }

  @Test("When both day fields are restricted either may match; with a star in one, both must")
  func dayFields() throws {
    #expect(
      try ticks("0 0 13 * fri", in: "UTC", after: "2013-09-06T12:00:00Z", count: 3)
        == ["2013-09-13T00:00:00", "2013-09-20T00:00:00", "2013-09-27T00:00:00"])
    #expect(
      try ticks("0 0 1 * sun", in: "UTC", after: "2013-10-25T00:00:00Z", count: 3)
        == ["2013-10-27T00:00:00", "2013-11-01T00:00:00", "2013-11-03T00:00:00"])
    #expect(try ticks("0 0 * * 7", in: "UTC", after: "2013-11-01T00:00:00Z", count: 1) == ["2013-11-03T00:00:00"])
    #expect(try ticks("0 0 30 2 sun", in: "UTC", after: "2013-02-01T00:00:00Z", count: 1) == ["2013-02-03T00:00:00"])
  }

  @Test("A leap day is waited for, over a century without one and for its weekday")
  func leapDays() throws {
    #expect(
      try ticks("0 12 29 2 *", in: "UTC", after: "1895-01-01T00:00:00Z", count: 2) == [
        "1896-02-29T12:00:00", "1904-02-29T12:00:00",
      ])
    #expect(try ticks("0 12 29 2 */7", in: "UTC", after: "2076-03-01T00:00:00Z", count: 1) == ["2088-02-29T12:00:00"])
    #expect(try ticks("0 12 29 2 */7", in: "UTC", after: "2088-03-01T00:00:00Z", count: 1) == ["2128-02-29T12:00:00"])
  }

  @Test("In a gap each time of day that is named comes at the gap's end, once")
  func dailyInGap() throws {
    #expect(
      try ticks("30 2 * * *", in: "America/New_York", after: "2013-03-09T00:00:00Z", count: 3)
        == ["2013-03-09T07:30:00", "2013-03-10T07:00:00", "2013-03-11T06:30:00"])
    #expect(
      try ticks("0 0 * * *", in: "America/Sao_Paulo", after: "2013-10-19T12:00:00Z", count: 2)
        == ["2013-10-20T03:00:00", "2013-10-21T02:00:00"])
    #expect(
      try ticks("0 0 * * *", in: "Africa/Cairo", after: "2010-04-29T12:00:00Z", count: 2)
        == ["2010-04-29T22:00:00", "2010-04-30T21:00:00"])
  }

  @Test("However many times of day are named, those of a gap come together at its end")
  func manyInGap() throws {
    #expect(
      try ticks("0 2,14 * * *", in: "America/New_York", after: "2013-03-10T00:00:00Z", count: 3)
        == ["2013-03-10T07:00:00", "2013-03-10T18:00:00", "2013-03-11T06:00:00"])
    #expect(
      try ticks("0 2,14 14 3 *", in: "America/New_York", after: "2010-03-14T00:00:00Z", count: 2)
        == ["2010-03-14T07:00:00", "2010-03-14T18:00:00"])
    #expect(
      try ticks("0,30 2 14 3 *", in: "America/New_York", after: "2010-03-14T00:00:00Z", count: 2)
        == ["2010-03-14T07:00:00", "2011-03-14T06:00:00"])
    #expect(
      try ticks("0,30 2-3 * * *", in: "America/New_York", after: "2013-03-10T00:00:00Z", count: 3)
        == ["2013-03-10T07:00:00", "2013-03-10T07:30:00", "2013-03-11T06:00:00"])
  }

  @Test("However many times of day are named, each comes once in an overlap")
  func manyInOverlap() throws {
    #expect(
      try ticks("30 1,13 * * *", in: "America/New_York", after: "2013-11-03T04:00:00Z", count: 3)
        == ["2013-11-03T05:30:00", "2013-11-03T18:30:00", "2013-11-04T06:30:00"])
    #expect(
      try ticks("0,30 1 * * *", in: "America/New_York", after: "2013-11-03T04:00:00Z", count: 3)
        == ["2013-11-03T05:00:00", "2013-11-03T05:30:00", "2013-11-04T06:00:00"])
  }

  @Test("In a gap the ticks of a wildcard or a step are skipped")
  func hourlyInGap() throws {
    #expect(
      try ticks("30 * * * *", in: "America/New_York", after: "2013-03-10T06:00:00Z", count: 3)
        == ["2013-03-10T06:30:00", "2013-03-10T07:30:00", "2013-03-10T08:30:00"])
    #expect(
      try ticks("0 2/12 * * *", in: "America/New_York", after: "2013-03-10T00:00:00Z", count: 2)
        == ["2013-03-10T18:00:00", "2013-03-11T06:00:00"])
    #expect(
      try ticks("*/30 2 * * *", in: "America/New_York", after: "2013-03-10T00:00:00Z", count: 1) == ["2013-03-11T06:00:00"])
  }

  @Test("In an overlap a time of day that is named comes once, the first time")
  func dailyInOverlap() throws {
    #expect(
      try ticks("30 1 * * *", in: "America/New_York", after: "2013-11-02T12:00:00Z", count: 2)
        == ["2013-11-03T05:30:00", "2013-11-04T06:30:00"])
  }

  @Test("In an overlap the ticks of a wildcard or a step come twice")
  func hourlyInOverlap() throws {
    #expect(
      try ticks("30 * * * *", in: "America/New_York", after: "2013-11-03T04:00:00Z", count: 4)
        == ["2013-11-03T04:30:00", "2013-11-03T05:30:00", "2013-11-03T06:30:00", "2013-11-03T07:30:00"])
  }

  @Test("Where clocks are put back over midnight the repeated hour ticks again, and midnight's daily tick does not")
  func overlapOverMidnight() throws {
    // At 00:01 on 2010-11-07, which is 02:31Z, the clocks of St. John's went back to 23:01.
    #expect(
      try ticks("30 * * * *", in: "America/St_Johns", after: "2010-11-07T01:30:00Z", count: 4)
        == ["2010-11-07T02:00:00", "2010-11-07T03:00:00", "2010-11-07T04:00:00", "2010-11-07T05:00:00"])
    #expect(
      try ticks("0 0 * * *", in: "America/St_Johns", after: "2010-11-07T00:00:00Z", count: 2)
        == ["2010-11-07T02:30:00", "2010-11-08T03:30:00"])
    #expect(
      try ticks("40 23 * * *", in: "America/St_Johns", after: "2010-11-06T12:00:00Z", count: 2)
        == ["2010-11-07T02:10:00", "2010-11-08T03:10:00"])
  }

  @Test("Where clocks shift by half an hour only the ticks inside the shift are treated specially")
  func halfHourShift() throws {
    #expect(
      try ticks("0 2 * * *", in: "Australia/Lord_Howe", after: "2013-10-05T00:00:00Z", count: 2)
        == ["2013-10-05T15:30:00", "2013-10-06T15:00:00"])
    #expect(
      try ticks("45 * * * *", in: "Australia/Lord_Howe", after: "2013-04-06T14:00:00Z", count: 3)
        == ["2013-04-06T14:45:00", "2013-04-06T15:15:00", "2013-04-06T16:15:00"])
  }

  @Test("A day that a zone skipped at the date line ticks once, with the day after it")
  func skippedDay() throws {
    #expect(
      try ticks("0 0 * * *", in: "Pacific/Apia", after: "2011-12-29T12:00:00Z", count: 2) == [
        "2011-12-30T10:00:00", "2011-12-31T10:00:00",
      ])
  }

  @Test("After downtime the latest missed tick is found, and how many came before it")
  func latest() throws {
    let (cron, zone) = (try CronExpression("0 2 * * *"), try Zone("America/New_York"))
    let (down, up) = (try instant("2013-03-08T07:00:00Z"), try instant("2013-03-12T12:00:00Z"))
    let missed = try #require(cron.latest(after: down, through: up, in: zone))
    #expect(try missed.tick == instant("2013-03-12T06:00:00Z"))
    #expect(missed.skipped == 3)
    #expect(cron.latest(after: missed.tick, through: up, in: zone) == nil)
    #expect(cron.latest(after: up, through: down, in: zone) == nil)
    #expect(cron.latest(after: down, through: missed.tick, in: zone)?.tick == missed.tick)
  }

  @Test(
    "Counting what was missed agrees with walking from tick to tick",
    arguments: ["*/20 * * * *", "0 2 * * *", "30 2 * * *", "0 0 * * *", "0 */6 * * 0", "0,30 0-3,23 * * *"],
    ["America/New_York", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"])
  func countingAgrees(expression: String, name: String) throws {
    let (cron, zone) = (try CronExpression(expression), try Zone(name))
    for start in ["2010-10-28T11:11:11Z", "2011-03-09T00:00:00Z", "2011-12-20T10:00:00Z", "2013-10-01T02:31:00Z"] {
      let (from, through) = (try instant(start), try instant(start) + .seconds(40 * 86_400))
      var walked: [Timestamp] = []
      var tick = cron.next(after: from, in: zone)
      while tick <= through {
        walked.append(tick)
        tick = cron.next(after: tick, in: zone)
      }
      let counted = cron.latest(after: from, through: through, in: zone)
      #expect(counted?.tick == walked.last)
      #expect(counted?.skipped == walked.count - 1)
    }
  }

  @Test("A decade of missed minutes is counted by the day")
  func countsDecades() throws {
    let (cron, zone) = (try CronExpression("* * * * *"), try Zone("Europe/Zurich"))
    let missed = cron.latest(after: try instant("2010-01-01T00:00:30Z"), through: try instant("2020-01-01T00:00:30Z"), in: zone)
    #expect(try missed?.tick == instant("2020-01-01T00:00:00Z"))
    #expect(missed?.skipped == 3_652 * 1_440 - 1)
  }
}
