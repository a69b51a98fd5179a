// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import TestSupport
import Testing

@Suite("Ticks agree with a plain model, and cost little")
struct CronModelTests {
  private static let zones = TimeZone.knownTimeZoneIdentifiers.sorted().compactMap { try? Zone($0) }

  private static func some(of range: ClosedRange<Int>, most: Int, _ numbers: inout SplitMix) -> [Int] {
    let count = Int.random(in: 1...most, using: &numbers)
    return Set((0..<count).map { _ in Int.random(in: range, using: &numbers) }).sorted()
  }

  private static func cron(near instant: Timestamp, _ numbers: inout SplitMix) -> PlainCron {
    var cron = PlainCron()
    switch Int.random(in: 0..<5, using: &numbers) {
    case 0: break
    case 1: cron.minutes = some(of: 0...59, most: 4, &numbers)
    case 2:
      cron.minutes = some(of: 0...59, most: 5, &numbers)
      cron.hours = some(of: 0...4, most: 4, &numbers)
    case 3:
      (cron.minutes, cron.hours) = (
        [[0, 1, 30, 59].randomElement(using: &numbers)!], [[0, 1, 2, 3, 23].randomElement(using: &numbers)!]
      )
    default: (cron.minutes, cron.hours) = (some(of: 0...59, most: 1, &numbers), some(of: 0...23, most: 1, &numbers))
    }
    cron.isStepped = Int.random(in: 0..<3, using: &numbers) == 0
    let (_, month, date) = Zone.utc.local(at: instant).day.components
    if Int.random(in: 0..<3, using: &numbers) == 0 {
      cron.days = Array(Set([date, min(31, date + 1)] + some(of: 1...31, most: 2, &numbers))).sorted()
    }
    if Int.random(in: 0..<4, using: &numbers) == 0 { cron.weekdays = some(of: 0...6, most: 3, &numbers) }
    if Int.random(in: 0..<4, using: &numbers) == 0 {
      cron.months = Array(Set([month, Int.random(in: 1...12, using: &numbers)])).sorted()
    }
    return cron
  }

  /// An instant up to a day and a half before clocks are changed, where they are within a year.
  private static func start(in zone: Zone, _ numbers: inout SplitMix) -> Timestamp {
    let random = Timestamp(seconds: Int64.random(in: 0...2_208_988_800, using: &numbers))
    let days = (0..<366).map { random + .seconds($0 * 86_400) }
    let change = days.first { zone.offset(at: $0) != zone.offset(at: $0 + .seconds(86_400)) } ?? random
    return change + .microseconds(-Int64.random(in: 0...129_600_000_000, using: &numbers))
  }

  private static func check(_ seed: UInt64) throws {
    var numbers = SplitMix(seed: seed)
    let zone = zones.randomElement(using: &numbers)!
    let start = start(in: zone, &numbers)
    let plain = cron(near: start, &numbers)
    let cron = try CronExpression(plain.expression)
    let expected = plain.ticks(after: start, days: 5, in: zone)
    let what = "seed \(seed): '\(plain.expression)' in \(zone) after \(start)"
    // The last day may have ticks that come again on the day after it.
    let end = start + .seconds(4 * 86_400)
    var from = start
    for tick in expected.prefix(40) where tick <= end {
      #expect(cron.next(after: from, in: zone) == tick, "\(what), from \(from)")
      from = tick
    }
    if expected.isEmpty { #expect(cron.next(after: start, in: zone) > end, "\(what)") }
    let through = start + .seconds(Int64.random(in: 0...345_600, using: &numbers))
    let missed = expected.filter { $0 <= through }
    let latest = cron.latest(after: start, through: through, in: zone)
    #expect((cron.next(after: start, in: zone) <= through) == (latest != nil), "\(what), through \(through)")
    #expect(latest?.tick == missed.last, "\(what), through \(through)")
    #expect((latest?.skipped ?? -1) == missed.count - 1, "\(what), through \(through)")
  }

  @Test(arguments: [UInt64(1), 1_000_000, 2_000_000, 3_000_000])
  func `around changes of the clocks of any zone`(first: UInt64) throws {
    for seed in first..<(first + 40) { try Self.check(seed) }
  }

  @Test(arguments: ["* * 24,25 10 *", "* * * * *", "*/7 1-3 * * *", "30 2 * * *", "0 0 29 2 *", "0 12 29 2 */7", "0 0 31 1,3 1"])
  func `a tick is found with a few look-ups of offsets and months`(expression: String) throws {
    let cron = try CronExpression(expression)
    for name in ["Europe/Zurich", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "UTC"] {
      let zone = try Zone(name)
      for start in ["2026-10-23T12:00:00Z", "2026-10-25T00:30:00Z", "2027-03-28T00:30:00Z", "2011-12-29T12:00:00Z"] {
        let from = try instant(start)
        var work = 0
        let tick = cron.next(after: from, in: zone, counting: &work)
        #expect(tick > from)
        #expect(work < 600, "\(expression) in \(name) after \(start)")
        work = 0
        _ = cron.latest(after: from, through: from + .seconds(86_400), in: zone, counting: &work)
        #expect(work < 200, "\(expression) in \(name) through the day after \(start)")
      }
    }
  }

  @Test func `an expression that always falls into a gap is given up after a look at each of those days`() throws {
    // The second Sunday of March between two and three.
    let cron = try CronExpression("*/30 2 8-14 3 */7")
    var work = 0
    let tick = cron.next(after: try instant("2026-01-01T00:00:00Z"), in: try Zone("America/New_York"), counting: &work)
    #expect(tick == Timestamp(microseconds: .max))
    #expect(work < 3_000)
  }
}
