// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite("The instant by which old things are taken away")
struct CautiousClockTests {
  private let start = Timestamp(seconds: 1_767_225_600)

  @Test("A clock that is ahead for a while ends nothing early, and one that stays so is believed after some hours")
  func setForward() {
    var clock = CautiousClock()
    #expect(clock.read(wall: start, uptime: .zero) == start)
    let year: Duration = .seconds(365 * 86_400)
    #expect(clock.read(wall: start + year + .seconds(60), uptime: .seconds(60)) == start + .seconds(60))
    #expect(clock.read(wall: start + .seconds(120), uptime: .seconds(120)) == start + .seconds(120))
    #expect(clock.read(wall: start + year + .seconds(180), uptime: .seconds(180)) == start + .seconds(180))
    #expect(clock.read(wall: start + year + .seconds(3_600), uptime: .seconds(3_600)) == start + .seconds(3_600))
    let later: Duration = .seconds(180) + CautiousClock.patience
    #expect(clock.read(wall: start + year + later, uptime: later) == start + year + later)
  }

  @Test("A clock that was in the past until it was set is believed, and suspensions do not add up")
  func fromThePast() {
    var clock = CautiousClock()
    var uptime: Duration = .zero
    _ = clock.read(wall: Timestamp(seconds: 0), uptime: uptime)
    uptime += .seconds(10)
    #expect(clock.read(wall: start, uptime: uptime) <= Timestamp(seconds: 11))
    // Each day the machine stands still for 16 hours.
    var wall = start
    for _ in 0..<30 {
      wall = wall + .seconds(16 * 3_600)
      for _ in 0..<8 {
        (wall, uptime) = (wall + .seconds(3_600), uptime + .seconds(3_600))
        _ = clock.read(wall: wall, uptime: uptime)
      }
      #expect(clock.read(wall: wall, uptime: uptime) == wall)
    }
  }

  @Test("Set back, it is the clock as it is")
  func setBack() {
    var clock = CautiousClock()
    _ = clock.read(wall: start, uptime: .zero)
    #expect(clock.read(wall: start + .seconds(-3_600), uptime: .seconds(60)) == start + .seconds(-3_600))
  }
}
