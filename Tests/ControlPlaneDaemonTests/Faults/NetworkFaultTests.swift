// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import ControlPlaneDaemon
import LocationWire
import NIOCore
import Testing

@Suite("Network faults between the daemon and a location", .timeLimit(.minutes(10)))
struct NetworkFaultTests {
  @Test(
    "A slow network delays its own location only, and loses nothing",
    arguments: [
      Fault.delay(.milliseconds(700)), .trickle(bytes: 16, every: .milliseconds(10)), .trickle(bytes: 3, every: .milliseconds(2)),
    ])
  func slow(fault: Fault) async throws {
    try await FaultScene.with { scene in
      let run = try await scene.launchFar()
      try await scene.proxy.begin(fault)
      // All but one, so that the run lasts for as long as the other location's takes.
      scene.turnstile.admit(scene.steps - 1)
      try await scene.runNear()
      try await scene.expectRunning(run)
      scene.turnstile.admit(1)
      // It goes on under the fault itself: something arrives.
      try await scene.within(FaultScene.leeway, "a step's end through a \(fault)") {
        try await scene.client.run(run).run.steps.succeeded > 0
      }
      let far = try await scene.far()
      #expect(far.state == .connected)
      try await scene.proxy.end()
      try await scene.waitForEnd(of: run)
      try await scene.audit(run)
    }
  }

  @Test(
    "A connection that is cut is shown with the reason, is made again, and its session goes on where it broke",
    arguments: [Fault.reset, .finish])
  func cut(fault: Fault) async throws {
    try await FaultScene.with { scene in
      let run = try await scene.launchFar()
      try await scene.proxy.begin(fault)
      scene.turnstile.admit(scene.steps)
      let far = try await scene.wait(for: .unreachable)
      #expect(far.detail?.isEmpty == false)
      try await scene.runNear()
      try await scene.expectRunning(run)
      // Every further try fails as long as the fault lasts, and none of them changes what is in flight.
      let stepsInFlight = try await scene.far().stepsInFlight
      #expect(stepsInFlight == FaultScene.slots)
      try await scene.proxy.end()
      try await scene.waitForEnd(of: run)
      try await scene.audit(run)
    }
  }

  @Test("A connection that ends in one direction only is found and made again", arguments: Direction.allCases)
  func halfClosed(direction: Direction) async throws {
    try await FaultScene.with { scene in
      let run = try await scene.launchFar()
      try await scene.proxy.begin(.halfClose(direction))
      scene.turnstile.admit(scene.steps)
      try await scene.runNear()
      try await scene.waitForEnd(of: run)
      try await scene.proxy.end()
      try await scene.audit(run)
    }
  }

  @Test("A connection that falls silent is found within the bound for silence, and the run goes on once it speaks again")
  func blackHole() async throws {
    try await FaultScene.with { scene in
      let run = try await scene.launchFar()
      let began = ContinuousClock.now
      try await scene.proxy.begin(.blackHole)
      scene.turnstile.admit(scene.steps)
      try await scene.runNear()
      let far = try await scene.wait(for: .unreachable, within: ConnectionLimits.silence + FaultScene.leeway)
      #expect(ContinuousClock.now - began < ConnectionLimits.silence + FaultScene.leeway)
      #expect(far.detail?.contains("silent") == true, "\(far.detail ?? "no words")")
      // New connections are accepted and never answered: still nobody else waits.
      try await scene.runNear()
      try await scene.expectRunning(run)
      try await scene.proxy.end()
      try await scene.waitForEnd(of: run)
      try await scene.audit(run)
    }
  }

  @Test("A connection that is dead in one direction only is found, too", arguments: Direction.allCases)
  func oneWay(direction: Direction) async throws {
    // Heartbeats still come where only grants do not: it is looked at as often as they come.
    let bound =
      direction == .toDaemon ? ConnectionLimits.silence : ConnectionLimits.acknowledgement + WireLimits.heartbeatInterval * 2
    try await FaultScene.with { scene in
      let run = try await scene.launchFar()
      try await scene.proxy.begin(.silence([direction]))
      scene.turnstile.admit(scene.steps)
      try await scene.runNear()
      let far = try await scene.wait(for: .unreachable, within: bound + FaultScene.leeway)
      let words = direction == .toDaemon ? "silent" : "has not taken what it was sent"
      #expect(far.detail?.contains(words) == true, "\(far.detail ?? "no words")")
      try await scene.runNear()
      try await scene.proxy.end()
      try await scene.waitForEnd(of: run)
      try await scene.audit(run)
    }
  }

  @Test("A silence that ends before its bound breaks no session")
  func shortSilence() async throws {
    try await FaultScene.with { scene in
      let run = try await scene.launchFar()
      try await scene.proxy.begin(.blackHole)
      scene.turnstile.admit(scene.steps)
      try await scene.runNear()
      try await scene.expectRunning(run)
      try await scene.proxy.end()
      try await scene.waitForEnd(of: run)
      try await scene.audit(run)
      let sessions = try await scene.sessionsOfFar()
      #expect(sessions == 1)
    }
  }

  @Test("A location that does not answer from the start is connecting, one that cannot be reached is shown with the reason")
  func fromTheStart() async throws {
    try await FaultScene.with(from: .blackHole) { scene in
      let silent = try await scene.far()
      // On a slow machine the silence has been given up by now, in other words.
      if silent.state != .unreachable { #expect(silent.state == .connecting && silent.detail == nil) }
      try await scene.runNear()
      try await scene.proxy.begin(.reset)
      try await scene.wait(for: .unreachable, saying: "cannot be reached")
      try await scene.runNear()
      try await scene.proxy.end()
      try await scene.wait(for: .connected)
      let run = try await scene.launchFar()
      scene.turnstile.admit(scene.steps)
      try await scene.waitForEnd(of: run)
      try await scene.audit(run)
    }
  }
}
