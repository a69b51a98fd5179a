// SPDX-License-Identifier: Apache-2.0

import AssetModel
import SluiceCommands
import Testing

@Suite("What a server of sluice dev goes through")
struct ServerMachineTests {
  private let start = ContinuousClock.now
  private let first = ExecutableStamp(number: 1, bytes: 10, changed: Timestamp(seconds: 1))
  private let second = ExecutableStamp(number: 2, bytes: 20, changed: Timestamp(seconds: 2))

  private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

  /// One that runs the first build since the start.
  private func running() -> ServerMachine {
    var machine = ServerMachine(at: start)
    #expect(machine.take(.looked(first), at: start) == [.start])
    return machine
  }

  @Test func `It starts at once, and again with growing delays when it ends`() {
    var machine = running()
    #expect(machine.take(.ended(.other), at: at(10)) == [.sayEnded(again: .milliseconds(500))])
    #expect(machine.take(.looked(first), at: at(500)) == [])
    #expect(machine.take(.looked(first), at: at(510)) == [.start])
    #expect(machine.take(.ended(.other), at: at(520)) == [.sayEnded(again: .seconds(1))])
  }

  @Test func `An executable that is not there is waited for until it is complete`() {
    var machine = ServerMachine(at: start)
    #expect(machine.take(.looked(nil), at: start) == [.sayAbsent])
    #expect(machine.take(.looked(nil), at: at(200)) == [])
    #expect(machine.take(.looked(first), at: at(400)) == [])
    // The linker still writes.
    #expect(machine.take(.looked(second), at: at(1_000)) == [])
    #expect(machine.take(.looked(second), at: at(1_500)) == [])
    #expect(machine.take(.looked(second), at: at(1_600)) == [.start])
  }

  @Test func `Another build drains the process and takes its place, once it is complete`() {
    var machine = running()
    #expect(machine.take(.looked(first), at: at(1_000)) == [])
    // The linker has removed it, and writes it.
    #expect(machine.take(.looked(nil), at: at(1_200)) == [])
    #expect(machine.take(.looked(second), at: at(1_400)) == [])
    #expect(machine.take(.looked(second), at: at(2_000)) == [.sayRebuilt, .drain])
    #expect(machine.phase == .draining)
    #expect(machine.take(.looked(second), at: at(2_200)) == [])
    #expect(machine.take(.ended(.other), at: at(9_000)) == [])
    #expect(machine.take(.looked(second), at: at(9_100)) == [.start])
    #expect(machine.take(.looked(second), at: at(99_000)) == [])
  }

  @Test func `A build that comes and goes is none`() {
    var machine = running()
    #expect(machine.take(.looked(second), at: at(100)) == [])
    #expect(machine.take(.looked(first), at: at(300)) == [])
    #expect(machine.take(.looked(second), at: at(900)) == [])
    #expect(machine.phase == .running)
  }

  @Test func `Broken definitions wait for another build, one that came meanwhile too`() {
    var machine = running()
    #expect(machine.take(.ended(.broken), at: at(100)) == [.sayBroken])
    #expect(machine.take(.looked(first), at: at(60_000)) == [])
    #expect(machine.take(.looked(second), at: at(61_000)) == [])
    #expect(machine.take(.looked(second), at: at(62_000)) == [.start])
  }

  @Test func `A port that stays taken at the beginning ends it`() {
    var machine = running()
    #expect(machine.take(.ended(.portTaken), at: at(100)) == [.sayPortTaken(again: .milliseconds(500))])
    #expect(machine.take(.looked(first), at: at(600)) == [.start])
    #expect(machine.take(.ended(.portTaken), at: at(3_100)) == [])
    #expect(machine.phase == .refused && machine.isOver)
  }

  @Test func `A port that is taken later is waited for`() {
    var machine = running()
    #expect(machine.take(.ended(.other), at: at(20_000)) == [.sayEnded(again: .milliseconds(500))])
    #expect(machine.take(.looked(first), at: at(20_500)) == [.start])
    #expect(machine.take(.ended(.portTaken), at: at(20_600)) == [.sayPortTaken(again: .seconds(1))])
    #expect(!machine.isOver)
  }

  @Test func `A server that has run for long never ends the others, however it ended`() {
    var long = running()
    #expect(long.take(.ended(.portTaken), at: at(3_600_000)) == [.sayPortTaken(again: .milliseconds(500))])
    #expect(!long.isOver)
    var rebuilt = running()
    _ = rebuilt.take(.looked(second), at: at(60_000))
    #expect(rebuilt.take(.looked(second), at: at(61_000)) == [.sayRebuilt, .drain])
    _ = rebuilt.take(.ended(.other), at: at(62_000))
    #expect(rebuilt.take(.looked(second), at: at(62_100)) == [.start])
    #expect(rebuilt.take(.ended(.portTaken), at: at(62_200)) == [.sayPortTaken(again: .milliseconds(500))])
  }

  @Test func `One that was built late has as much patience with its port`() {
    var machine = ServerMachine(at: start)
    _ = machine.take(.looked(nil), at: start)
    _ = machine.take(.looked(first), at: at(60_000))
    #expect(machine.take(.looked(first), at: at(61_000)) == [.start])
    #expect(machine.take(.ended(.portTaken), at: at(61_100)) == [.sayPortTaken(again: .milliseconds(500))])
  }

  /// Every phase, with what each happening leads to; the table of docs/state-machines.md.
  @Test func `Every pair of phase and happening is decided`() {
    typealias Phase = ServerMachine.Phase
    let machines: [(name: String, machine: ServerMachine)] = [
      ("absent", after([.looked(nil)])), ("waiting", ServerMachine(at: start)), ("running", after([.looked(first)])),
      ("draining", after([.looked(first), .looked(second), .looked(second)])),
      ("broken", after([.looked(first), .ended(.broken)])), ("stopping", after([.looked(first), .stopRequested])),
      ("stopped", after([.stopRequested])),
      ("refused", after([.looked(first), .ended(.portTaken), .looked(first), .ended(.portTaken)])),
    ]
    let table: [String: (build: Phase, otherBuild: Phase, ended: Phase, broken: Phase, stop: Phase)] = [
      "absent": (.running, .running, .absent, .absent, .stopped),
      "waiting": (.running, .running, .waiting(until: start), .waiting(until: start), .stopped),
      "running": (.running, .draining, .waiting(until: at(100_500)), .broken, .stopping),
      "draining": (.draining, .draining, .waiting(until: at(100_000)), .waiting(until: at(100_000)), .stopping),
      "broken": (.broken, .running, .broken, .broken, .stopped),
      "stopping": (.stopping, .stopping, .stopped, .stopped, .stopping),
      "stopped": (.stopped, .stopped, .stopped, .stopped, .stopped),
      "refused": (.refused, .refused, .refused, .refused, .refused),
    ]
    for (name, machine) in machines {
      func phase(after happenings: ServerMachine.Happening...) -> Phase {
        var machine = machine
        for (index, happening) in happenings.enumerated() { _ = machine.take(happening, at: at(100_000 + index * 1_000)) }
        return machine.phase
      }
      #expect(phase(after: .looked(first), .looked(first)) == table[name]?.build, "\(name): the build")
      let other = ExecutableStamp(number: 3, bytes: 30, changed: Timestamp(seconds: 3))
      #expect(phase(after: .looked(other), .looked(other)) == table[name]?.otherBuild, "\(name): another build")
      #expect(phase(after: .ended(.other)) == table[name]?.ended, "\(name): ended")
      #expect(phase(after: .ended(.broken)) == table[name]?.broken, "\(name): broken")
      #expect(phase(after: .stopRequested) == table[name]?.stop, "\(name): stop")
    }
  }

  private func after(_ happenings: [ServerMachine.Happening]) -> ServerMachine {
    var machine = ServerMachine(at: start)
    for (index, happening) in happenings.enumerated() { _ = machine.take(happening, at: at(index * 5_000)) }
    return machine
  }
}
