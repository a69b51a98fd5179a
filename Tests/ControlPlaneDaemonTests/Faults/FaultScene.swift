// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetModel
import ControlPlaneAPI
import Orchestrator
import Testing
import Workspace

/// A real control plane with two real locations: `far` behind a proxy, `near` on a socket of its own.
struct FaultScene: Sendable {
  let client: ControlPlaneClient
  let engine: Engine
  let proxy: FaultyProxy
  /// Where the steps of `far/parts` wait.
  let turnstile: Turnstile
  let steps: Int

  /// How many steps of `far` may run at once.
  static let slots = 4
  /// How long whatever must come may take beyond its own bound, on a machine with much else to do.
  static let leeway: Duration = .seconds(60)

  /// Runs `body` with both locations defined and connected, unless `fault` is there from the start.
  static func with(
    steps: Int = 8, from fault: Fault? = nil, _ body: @escaping @Sendable (FaultScene) async throws -> Void
  ) async throws {
    let sockets = try Sockets()
    let turnstile = Turnstile()
    let secret = try sockets.secret("far")
    let far = try await RunningLocation("far", secret: secret, slots: slots, definitions(steps, turnstile))
    let near = try await RunningLocation("near", at: sockets.path("near"), Definitions { Asset("near/one") { _ in [1] } })
    let proxy = try await FaultyProxy(to: far.port)
    if let fault { try await proxy.begin(fault) }
    let file = WorkspaceFile(
      path: sockets.path("workspace.yaml"),
      locations: [
        WorkspaceLocation(
          name: try LocationName("far"), address: .tcp(host: "127.0.0.1", port: proxy.port), secretFile: secret),
        WorkspaceLocation(name: try LocationName("near"), address: .socket(path: sockets.path("near"))),
      ])
    try await RunningAPI.serve(file) { client, engine in
      try await engine.wait { $0.has("near/one") }
      if fault == nil { try await engine.wait { $0.has("far/parts") } }
      try await body(FaultScene(client: client, engine: engine, proxy: proxy, turnstile: turnstile, steps: steps))
    }
    // Whatever still waits ends with the server.
    turnstile.admit(2 * steps)
    try await proxy.stop()
    try await far.stop()
    try await near.stop()
  }

  private static func definitions(_ steps: Int, _ turnstile: Turnstile) -> Definitions {
    let keys = (0..<steps).map { "p\($0)" }
    return Definitions {
      Asset("far/parts", partitions: .keys(keys)) { step in
        step.log.info("part \(step.partition)")
        await turnstile.pass(step.partition)
        return [step.partition.description]
      }
      .check("one row") { rows, _ in rows.count == 1 ? .pass : .fail("\(rows.count) rows") }
    }
  }

  // MARK: What is done

  /// Launches every partition of `far`, and returns once all slots are taken by steps within their closures.
  func launchFar() async throws -> UInt64 {
    let run = try await client.launch(LaunchRequest(selection: "far/parts", partitions: "all")).run.id
    try await within(Self.leeway, "steps of far within their closures") { turnstile.waiting == Self.slots }
    return run
  }

  /// A run of the other location, from its launch to its end: it must succeed, whatever happens to `far`.
  func runNear(_ place: SourceLocation = #_sourceLocation) async throws {
    let run = try await client.launch(LaunchRequest(selection: "near/one"), wait: Int(Self.leeway.components.seconds)).run
    #expect(run.state == .succeeded, sourceLocation: place)
  }

  // MARK: What is seen

  func far() async throws -> ControlPlaneAPI.LocationSummary {
    try #require(try await client.locations().first { $0.name == "far" })
  }

  func state(of run: UInt64) async throws -> ControlPlaneAPI.RunState { try await client.run(run).run.state }

  func expectRunning(_ run: UInt64, _ place: SourceLocation = #_sourceLocation) async throws {
    let state = try await state(of: run)
    #expect(state == .running, sourceLocation: place)
  }

  /// Waits until `far` is shown in a state, and answers how.
  @discardableResult
  func wait(
    for state: ControlPlaneAPI.LocationState, saying words: String = "", within bound: Duration = leeway
  ) async throws -> ControlPlaneAPI.LocationSummary {
    try await within(bound, "far shown as \(state.rawValue) \(words)") {
      let far = try await far()
      return far.state == state && (words.isEmpty || far.detail?.contains(words) == true)
    }
    return try await far()
  }

  func waitForEnd(of run: UInt64, within bound: Duration = leeway) async throws {
    try await within(bound, "the end of run \(run)") { try await state(of: run).isFinal }
  }

  /// How often a session with `far` was opened or resumed.
  func sessionsOfFar() async throws -> Int {
    var count = 0
    for case .sessionOpened(let name, _, _, _, _) in try await engine.events(after: 0, limit: 10_000).map(\.event)
    where name.description == "far" {
      count += 1
    }
    return count
  }

  /// Asks again and again until a condition holds.
  func within(
    _ bound: Duration, _ what: String, _ condition: @Sendable () async throws -> Bool
  ) async throws {
    let deadline = ContinuousClock.now + bound
    while !(try await condition()) {
      guard ContinuousClock.now < deadline else { throw NeverCame(what: what, bound: bound) }
      // polls
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// What must hold once a run over all of `far` has ended and no fault is left: every step succeeded, ran once and was committed
  /// once, and nothing is held.
  func audit(_ run: UInt64, _ place: SourceLocation = #_sourceLocation) async throws {
    let detail = try await client.run(run)
    #expect(detail.run.state == .succeeded, sourceLocation: place)
    #expect(detail.run.steps == StepCounts(succeeded: steps), sourceLocation: place)
    #expect(turnstile.runs.count == steps && turnstile.runs.values.allSatisfy { $0 == 1 }, sourceLocation: place)
    var promotions: [StepID: Int] = [:]
    var seen: JournalPosition = 0
    let end = engine.position
    while seen < end {
      let page = try await engine.events(after: seen, limit: 10_000)
      seen += UInt64(page.count)
      for case .promoted(_, let step, _, _, _) in page.map(\.event) where step.run == RunID(run) {
        promotions[step, default: 0] += 1
      }
    }
    #expect(promotions.count == steps && promotions.values.allSatisfy { $0 == 1 }, sourceLocation: place)
    try await within(Self.leeway, "no slot held, and every version settled") {
      try await engine.read { state in
        state.holders.isEmpty && state.locations.values.allSatisfy { $0.slotsInUse == 0 && $0.unsettled.isEmpty }
      }
    }
    let far = try await wait(for: .connected)
    #expect(far.slots == Self.slots && far.stepsInFlight == 0, sourceLocation: place)
  }
}

/// What a test waited for in vain.
struct NeverCame: Error, CustomStringConvertible {
  let what: String
  let bound: Duration
  var description: String { "\(what) did not come within \(bound)" }
}
