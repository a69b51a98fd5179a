// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import Testing

@Suite struct TimestampTests {
  @Test(
    "An instant is written in UTC to the millisecond, also before 1970",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_383_458_400_000_000, "2013-11-03T06:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (-1_000_000, "1969-12-31T23:59:59.000Z"), (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
      (951_782_399_999_999, "2000-02-28T23:59:59.999Z"),
    ] as [(Int64, String)])
  func describes(microseconds: Int64, text: String) {
    #expect(Timestamp(microseconds: microseconds).description == text)
  }

  @Test("Seconds are rounded down on both sides of 1970")
  func roundsDown() {
    #expect(Timestamp(microseconds: 1_999_999).seconds == 1)
    #expect(Timestamp(microseconds: -1).seconds == -1)
    #expect(Timestamp(microseconds: -1_000_000).seconds == -1)
    #expect(Timestamp(microseconds: -1_000_001).seconds == -2)
  }

  @Test("Adding and subtracting are each other's inverse, to the microsecond")
  func arithmetic() {
    let start = Timestamp(seconds: 1_383_458_400)
    let later = start + .seconds(3_600) + .microseconds(7)
    #expect(later - start == .microseconds(3_600_000_007))
    #expect(start - later == .microseconds(-3_600_000_007))
    #expect(later + (start - later) == start)
    #expect(start < later)
    #expect(start + .nanoseconds(999) == start)
  }

  @Test("The ends of time saturate and can be written")
  func saturates() {
    let (first, last) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max))
    #expect(last + .seconds(1) == last)
    #expect(first + .seconds(-1) == first)
    #expect(last + .seconds(Int64.max) == last)
    #expect(Timestamp(seconds: .max) == last)
    #expect(Timestamp(seconds: .min) == first)
    #expect(first.seconds < 0)
    #expect((last - first) > .seconds(18_000_000_000_000))
    #expect(last.description.hasPrefix("294247-01-10T04:00:54.775"))
    #expect(first.description.hasPrefix("-290308-12-21T19:59:05"))
  }

  @Test("A date becomes the nearest microsecond, and no date is a crash")
  func fromDate() {
    #expect(Timestamp(Date(timeIntervalSince1970: 1.5)).microseconds == 1_500_000)
    #expect(Timestamp(microseconds: 1_500_000).date == Date(timeIntervalSince1970: 1.5))
    #expect(Timestamp(Date(timeIntervalSince1970: .infinity)) == Timestamp(microseconds: .max))
    #expect(Timestamp(Date(timeIntervalSince1970: -1e300)) == Timestamp(microseconds: .min))
  }

  @Test("Durations are cut to whole microseconds toward zero, and saturate")
  func wholeMicroseconds() {
    #expect(Duration.nanoseconds(1_999).wholeMicroseconds == 1)
    #expect(Duration.nanoseconds(-1_999).wholeMicroseconds == -1)
    #expect(Duration.seconds(Int64.max).wholeMicroseconds == .max)
    #expect(Duration.seconds(Int64.min).wholeMicroseconds == .min)
  }

  @Test(arguments: [
    (Duration.seconds(3_600), "3600 s"), (.milliseconds(250), "0.25 s"), (.zero, "0 s"), (.milliseconds(1_005), "1.005 s"),
    (.microseconds(10), "0 s"), (.seconds(1) + .microseconds(900_999), "1.9 s"),
  ])
  func `a span of time reads as people write it`(span: Duration, words: String) {
    #expect(span.words == words)
  }
}
