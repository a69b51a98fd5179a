// SPDX-License-Identifier: Apache-2.0

import SluiceCommands
import Testing

@Suite("Restarting a child process")
struct RestartMachineTests {
  private let start = ContinuousClock.now

  /// Lives of the child in turn, each so long; the delays after them.
  private func delays(after lives: [Duration]) -> [Duration?] {
    var machine = RestartMachine(at: start)
    var now = start
    return lives.map { life in
      machine.started(at: now)
      now += life
      let delay = machine.ended(at: now)
      now += delay ?? .zero
      return delay
    }
  }

  @Test func `The first start is at once, and short lives double the delay up to a limit`() {
    #expect(RestartMachine(at: start).phase == .waiting(until: start))
    #expect(
      delays(after: Array(repeating: .milliseconds(10), count: 8)) == [
        .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(15), .seconds(15), .seconds(15),
      ])
  }

  @Test func `A long life starts over`() {
    #expect(
      delays(after: [.zero, .zero, .seconds(10), .zero]) == [.milliseconds(500), .seconds(1), .milliseconds(500), .seconds(1)])
  }

  @Test func `Nothing follows a stop`() {
    var machine = RestartMachine(at: start)
    machine.started(at: start)
    machine.stop()
    #expect(machine.ended(at: start + .seconds(1)) == nil)
    machine.started(at: start + .seconds(2))
    #expect(machine.phase == .stopped)
  }

  @Test func `A child that cannot be started at all backs off like one that crashed`() {
    var machine = RestartMachine(at: start)
    #expect(machine.ended(at: start) == .milliseconds(500))
    #expect(machine.ended(at: start) == .seconds(1))
  }
}

@Suite("The watchdog")
struct WatchdogTests {
  @Test func `It knows what was started and not stopped`() {
    var ledger = WatchdogLedger()
    for line in ["+100", "+200", "-100", "+300"] { ledger.take(line) }
    #expect(ledger.alive == [200, 300])
  }

  @Test func `It never takes a number that would mean other processes`() {
    var ledger = WatchdogLedger()
    for line in ["+0", "+1", "+-5", "", "100", "+x", "?100"] { ledger.take(line) }
    #expect(ledger.alive.isEmpty)
  }
}
