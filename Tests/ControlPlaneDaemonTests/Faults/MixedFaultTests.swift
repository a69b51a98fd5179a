// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import ControlPlaneDaemon
import Foundation
import NIOCore
import TestSupport
import Testing

@Suite("Faults of every kind, one after the other", .timeLimit(.minutes(10)))
struct MixedFaultTests {
  private static let faults = 12
  private static let steps = 60

  /// A fault of a random kind.
  private static func draw(_ random: inout SplitMix) -> Fault {
    switch Int.random(in: 0..<7, using: &random) {
    case 0: .delay(.milliseconds(.random(in: 1...400, using: &random)))
    case 1: .trickle(bytes: .random(in: 1...40, using: &random), every: .milliseconds(.random(in: 1...8, using: &random)))
    case 2: .reset
    case 3: .finish
    case 4: .halfClose(Direction.allCases.randomElement(using: &random) ?? .toDaemon)
    case 5: .silence([Direction.allCases.randomElement(using: &random) ?? .toLocation])
    default: .blackHole
    }
  }

  @Test("A run of 60 steps survives 12 faults, and each step is committed exactly once")
  func mixed() async throws {
    // SLUICE_FAULT_SEED repeats a run.
    let seed = ProcessInfo.processInfo.environment["SLUICE_FAULT_SEED"].flatMap { UInt64($0) } ?? .random(in: .min ... .max)
    do {
      try await run(seed: seed)
    } catch {
      Issue.record("seed \(seed): \(error)")
    }
  }

  private func run(seed: UInt64) async throws {
    try await FaultScene.with(steps: Self.steps) { scene in
      var random = SplitMix(seed: seed)
      let run = try await scene.launchFar()
      for number in 1...Self.faults {
        let fault = Self.draw(&random)
        let mark = "seed \(seed), fault \(number): \(fault)"
        try await scene.proxy.begin(fault)
        scene.turnstile.admit(Self.steps / Self.faults)
        // It lasts for so many runs of the location that it does not touch.
        for _ in 1...Int.random(in: 1...25, using: &random) {
          let near = try await scene.client.launch(LaunchRequest(selection: "near/one"), wait: 20).run.state
          #expect(near == .succeeded, "\(mark)")
        }
        // Some faults last until they show, others are over before anybody notices.
        if case .reset = fault, Bool.random(using: &random) { try await scene.wait(for: .unreachable) }
        if case .finish = fault, Bool.random(using: &random) { try await scene.wait(for: .unreachable) }
        try await scene.proxy.end()
        if Bool.random(using: &random) {
          let bound = ConnectionLimits.silence + ConnectionLimits.lastDelay + FaultScene.leeway
          try await scene.within(bound, "an end to what was admitted by \(mark)") {
            let steps = try await scene.client.run(run).run.steps
            return steps.succeeded >= number * Self.steps / Self.faults
          }
        }
      }
      let bound = ConnectionLimits.silence + ConnectionLimits.lastDelay + FaultScene.leeway
      try await scene.waitForEnd(of: run, within: bound)
      try await scene.audit(run)
    }
  }
}
