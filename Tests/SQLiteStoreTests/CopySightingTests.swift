// SPDX-License-Identifier: Apache-2.0

import SQLiteStore
import Testing

/// When a copy of a store's files counts as under way.
@Suite struct CopySightingTests {
  private let start = ContinuousClock.now
  private var sighting: CopySighting

  init() {
    var limits = LogLimits()
    limits.settling = .seconds(1)
    limits.patience = .seconds(100)
    sighting = CopySighting(limits: limits)
  }

  private func after(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

  @Test func `nothing that was seen is no copy`() {
    var sighting = sighting
    var seen: [Bool] = []
    seen.append(sighting.isUnderWay(at: start))
    #expect(seen == [false])
  }

  @Test(arguments: [[CopySighting.File.journal, .log], [.log, .journal]])
  func `one lasts from the first opening until both files were read, and a little longer`(order: [CopySighting.File]) {
    var sighting = sighting
    var seen: [Bool] = []
    sighting.opened(order[0], at: start)
    seen.append(sighting.isUnderWay(at: after(1)))
    sighting.closed(order[0], at: after(2))
    seen.append(sighting.isUnderWay(at: after(50)))
    sighting.opened(order[1], at: after(60))
    seen.append(sighting.isUnderWay(at: after(150)))
    sighting.closed(order[1], at: after(152))
    seen.append(sighting.isUnderWay(at: after(152)))
    seen.append(sighting.isUnderWay(at: after(153)))
    #expect(seen == [true, true, true, true, false])
  }

  @Test func `one file alone is waited for no longer than patience allows`() {
    var sighting = sighting
    var seen: [Bool] = []
    sighting.opened(.journal, at: start)
    sighting.closed(.journal, at: after(1))
    seen.append(sighting.isUnderWay(at: after(100)))
    seen.append(sighting.isUnderWay(at: after(101)))
    // What comes later is another one.
    sighting.opened(.log, at: after(200))
    seen.append(sighting.isUnderWay(at: after(299)))
    #expect(seen == [true, false, true])
  }

  @Test func `a second copy that began before the first was done is waited for, too`() {
    var sighting = sighting
    var seen: [Bool] = []
    for file in CopySighting.File.allCases { sighting.opened(file, at: start) }
    sighting.opened(.journal, at: after(1))
    for file in CopySighting.File.allCases { sighting.closed(file, at: after(2)) }
    seen.append(sighting.isUnderWay(at: after(90)))
    sighting.closed(.journal, at: after(91))
    seen.append(sighting.isUnderWay(at: after(92)))
    #expect(seen == [true, false])
  }

  @Test func `the store's own connections are no copy, and hide none`() {
    var sighting = sighting
    var seen: [Bool] = []
    for file in CopySighting.File.allCases { sighting.opened(file, at: start) }
    for file in CopySighting.File.allCases { sighting.excuse(file) }
    seen.append(sighting.isUnderWay(at: start))
    sighting.opened(.journal, at: after(1))
    for file in CopySighting.File.allCases { sighting.opened(file, at: after(2)) }
    for file in CopySighting.File.allCases { sighting.excuse(file) }
    seen.append(sighting.isUnderWay(at: after(3)))
    #expect(seen == [false, true])
  }

  @Test func `a closing that nobody saw the opening of says nothing`() {
    var sighting = sighting
    var seen: [Bool] = []
    sighting.closed(.log, at: start)
    seen.append(sighting.isUnderWay(at: start))
    #expect(seen == [false])
  }
}
