// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Synchronization
import Testing

@Suite("Engine")
struct EngineTests {
  static func asset(_ key: String, from upstreams: [String] = [], checks: [String] = []) throws -> StepSpec {
    let output = AssetSpec(
      key: try AssetKey(key), output: OutputSpec(scheme: "memory", format: "none/1"), checks: checks.map { CheckSpec(name: $0) })
    let dependencies = try upstreams.map { DependencySpec(upstream: try AssetKey($0), loadableSchemes: ["memory"]) }
    return StepSpec(name: key, dependencies: dependencies, outputs: [output])
  }

  static func shop() throws -> Manifest {
    Manifest(
      location: "shop",
      steps: [
        try asset("shop/orders", checks: ["not empty"]), try asset("shop/revenue", from: ["shop/orders"]),
        try asset("shop/report", from: ["shop/revenue"]),
      ])
  }

  /// Runs `body` against an engine that leads, with a location in memory.
  func withEngine(
    on journal: any Journal = MemoryJournal(incarnation: Incarnation(7)), manifests: [Manifest],
    _ body: @Sendable (Engine, ScriptedPlane) async throws -> Void
  ) async throws {
    let plane = ScriptedPlane()
    let engine = Engine(journal: journal, plane: plane)
    try await withThrowingTaskGroup { group in
      group.addTask { try await engine.run() }
      group.addTask { await plane.serve(engine, manifests: manifests) }
      let workspace = WorkspaceDefinition(locations: manifests.map { LocationDefinition(name: $0.location) })
      _ = try await engine.submit(.loadWorkspace(workspace))
      for manifest in manifests {
        _ = try await engine.submit(.manifestReceived(manifest.location, ManifestDigest("digest-\(manifest.location)"), manifest))
      }
      try await body(engine, plane)
      group.cancelAll()
    }
  }

  @Test("a run over three assets succeeds, and every version is promoted and settled")
  func threeAssets() async throws {
    try await withEngine(manifests: [try Self.shop()]) { engine, plane in
      let receipt = try await engine.launch(LaunchRequest(.all))
      #expect(receipt.steps == 3)
      #expect(try await engine.outcome(of: receipt.run) == .succeeded)
      let steps = try await engine.history.steps(of: receipt.run, from: 0, limit: 10)
      #expect(steps.map(\.phase) == [.succeeded, .succeeded, .succeeded])
      let report = AssetPartition("shop/report")
      #expect(try await engine.read { $0.current(of: report) } == 1)
    }
  }

  @Test("selections in a large workspace are worked out beside the loop, and many launches come in portions")
  func manyLaunches() async throws {
    let count = Engine.largeGraph
    var steps = [try Self.asset("shop/a0")]
    for number in 1..<count { steps.append(try Self.asset("shop/a\(number)", from: number < 4 ? ["shop/a\(number - 1)"] : [])) }
    try await withEngine(manifests: [Manifest(location: "shop", steps: steps)]) { engine, _ in
      let receipt = try await engine.launch(LaunchRequest(try Selection("+shop/a3")))
      #expect(receipt.steps == 4)
      #expect(try await engine.outcome(of: receipt.run) == .succeeded)
      let requests =
        try (0..<Engine.launchesAtOnce + 1).map { LaunchRequest(try Selection("shop/a\($0 % count)")) }
        + [LaunchRequest(try Selection("shop/none")), LaunchRequest(try Selection("+shop/a1"))]
      let replies = try await engine.launch(requests)
      #expect(replies.count == requests.count)
      let runs = replies.compactMap { if case .launched(let receipt) = $0 { receipt.run.number } else { nil } }
      #expect(runs == (0..<UInt64(requests.count - 1)).map { receipt.run.number + 1 + $0 })
      guard case .refused(let error) = replies[requests.count - 2] else {
        Issue.record("an unknown asset is refused")
        return
      }
      #expect(error.code == .badSelection)
      #expect(try await engine.outcomes(of: runs.map { RunID($0) }).allSatisfy { $0 == .succeeded })
    }
  }

  @Test("a failed check blocks the downstream in its run and in a later one, and the gate says why")
  func failedCheckBlocks() async throws {
    try await withEngine(manifests: [try Self.shop()]) { engine, plane in
      plane.script.withLock { $0.failing = ["not empty"] }
      let run = try await engine.launch(LaunchRequest(.all)).run
      #expect(try await engine.outcome(of: run) == .failed)
      let later = try await engine.launch(LaunchRequest(try Selection("shop/revenue"))).run
      #expect(try await engine.outcome(of: later) == .blocked)
      #expect(plane.granted.withLock { $0.map(\.step) } == ["shop/orders"])
      let report = AssetPartition("shop/report")
      let orders = AssetPartition("shop/orders")
      let why = try await engine.read { $0.explainGate(of: report, at: Timestamp(seconds: 0)) }
      #expect(!why.isOpen)
      #expect(why.because.first?.because.first?.reasons == [.rejected(VersionRef(orders, 1))])
      plane.script.withLock { $0.failing = [] }
      let mended = try await engine.launch(LaunchRequest(try Selection("shop/orders+"))).run
      #expect(try await engine.outcome(of: mended) == .succeeded)
    }
  }

  @Test("a repeated client key returns the same run")
  func clientKey() async throws {
    try await withEngine(manifests: [try Self.shop()]) { engine, _ in
      let first = try await engine.launch(LaunchRequest(.all, clientKey: "once"))
      let second = try await engine.launch(LaunchRequest(.all, clientKey: "once"))
      #expect(first.run == second.run)
      #expect(second.isRepeat)
      #expect(try await engine.outcome(of: first.run) == .succeeded)
      let third = try await engine.launch(LaunchRequest(.all, clientKey: "once"))
      #expect(third == LaunchReceipt(run: first.run, isRepeat: true, steps: first.steps))
    }
  }

  @Test("an engine that starts on an old journal has the state of the one before, and goes on")
  func restart() async throws {
    let journal = MemoryJournal(incarnation: Incarnation(7))
    let shop = try Self.shop()
    try await withEngine(on: journal, manifests: [shop]) { engine, _ in
      let run = try await engine.launch(LaunchRequest(.all)).run
      #expect(try await engine.outcome(of: run) == .succeeded)
    }
    try await withEngine(on: journal, manifests: [shop]) { engine, _ in
      let orders = AssetPartition("shop/orders")
      #expect(try await engine.read { $0.current(of: orders) } == 1)
      let run = try await engine.launch(LaunchRequest(.all)).run
      #expect(run == RunID(2))
      #expect(try await engine.outcome(of: run) == .succeeded)
      #expect(try await engine.read { $0.current(of: orders) } == 2)
    }
  }
}
