// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import TestSupport
import Testing

@Suite("The graph over several locations (semantics 22, 24 to 27; Ownership)")
struct GraphTests {
  private func refusals(_ bench: Bench) -> [String] { bench.state.graph.refusals.map(\.reason) }

  @Test("A definition outside what its location owns is refused, naming both; the rest loads")
  func ownership() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    bench.deploy("down", [.step("up/stolen"), .step("down/b")])
    #expect(bench.state.graph.keys == ["down/b", "up/a"])
    let reason = try #require(refusals(bench).first)
    #expect(reason.contains("'down' may not define 'up/stolen'") && reason.contains("it belongs to 'up'"))
  }

  @Test("A location may own exact keys and prefixes at any depth")
  func patterns() throws {
    var bench = Bench()
    let owns = [try OwnershipPattern("shared/x"), try OwnershipPattern("deep/er/*")]
    bench.deploy("up", [.step("shared/x"), .step("deep/er/still/a"), .step("up/a")], owns: owns)
    #expect(bench.state.graph.keys == ["deep/er/still/a", "shared/x"])
  }

  @Test("Two locations whose patterns could match one key are refused, and the workspace in force stays")
  func overlap() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    let thief = LocationDefinition(name: "thief", owns: [try OwnershipPattern("up/a")])
    let reply = bench.send(
      .loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: "up"), thief]))
    ).reply
    guard case .refused(let error) = reply else {
      Issue.record("the workspace was not refused")
      return
    }
    #expect(error.code == .invalidWorkspace)
    #expect(bench.state.workspace.locations.map(\.name) == ["up"])
  }

  @Test("An asset that its owner does not share is refused to other locations, naming both")
  func sharing() throws {
    var bench = Bench()
    bench.deploy("up", [StepSpec(name: "up/a", outputs: [.asset("up/a", shared: ["other"])])])
    bench.deploy("down", [.step("down/b", from: [.on("up/a")]), .step("down/c")])
    bench.deploy("other", [.step("other/d", from: [.on("up/a")])])
    #expect(bench.state.graph.keys == ["down/c", "other/d", "up/a"])
    #expect(refusals(bench).first?.contains("'down' may not read 'up/a': its owner 'up' does not share it") == true)
  }

  @Test("A scheme that the reader cannot load, or that lives in the owner's process, refuses the edge")
  func schemes() throws {
    var bench = Bench()
    let odd = AssetSpec(key: "up/odd", sharedWith: ["down"], output: OutputSpec(scheme: "odd", format: "x/1"))
    let local = AssetSpec(
      key: "up/local", sharedWith: ["down"], output: OutputSpec(scheme: "memory", format: "x/1", isProcessLocal: true))
    bench.deploy(
      "up",
      [
        StepSpec(name: "odd", outputs: [odd]), StepSpec(name: "local", outputs: [local]),
        .step("up/reads", from: [.on("up/local")]),
      ])
    bench.deploy("down", [.step("down/b", from: [.on("up/odd")]), .step("down/c", from: [.on("up/local")])])
    #expect(bench.state.graph.keys == ["up/local", "up/odd", "up/reads"])
    #expect(refusals(bench).count == 2)
  }

  @Test("A reader that is wrong about the owner's partitions, or maps what cannot be mapped, is refused")
  func partitions() throws {
    var bench = Bench()
    let space = try PartitionSpace.named("x")
    bench.deploy("up", [.step("up/a", space)])
    bench.deploy("down", [.step("down/b", from: [.on("up/a", .single, .all)]), .step("down/c", from: [.on("up/a", space)])])
    #expect(bench.state.graph.keys == ["up/a"])
    #expect(refusals(bench).count == 2)
  }

  @Test("Duplicate assets, steps and checks of one location are refused one by one")
  func duplicates() throws {
    var bench = Bench()
    let twice = StepSpec(name: "again", outputs: [.asset("up/a")])
    let checks = StepSpec(name: "up/c", outputs: [.asset("up/c", checks: ["one", "one"])])
    bench.deploy("up", [.step("up/a"), twice, .step("up/b"), .step("up/b"), checks, StepSpec(name: "none", outputs: [])])
    #expect(bench.state.graph.keys == ["up/a", "up/b"])
    #expect(refusals(bench).count == 4)
  }

  @Test("An unreadable manifest leaves the last good one in force, and the error is shown until a good one comes")
  func unreadable() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    bench.send(.manifestUnreadable("up", reason: "garbage"))
    #expect(bench.state.graph.keys == ["up/a"])
    #expect(bench.state.locationSummaries.first?.manifestRefusal == "garbage")
    bench.deploy("up", [.step("up/b")])
    #expect(bench.state.graph.keys == ["up/b"])
    #expect(bench.state.locationSummaries.first?.manifestRefusal == nil)
  }

  @Test(
    "Every asset on a cycle across locations is unschedulable, showing the path; naming one is refused, matching one leaves it out"
  )
  func cycles() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", from: [.on("down/b")]), .step("up/free")])
    bench.deploy("down", [.step("down/b", from: [.on("up/a")])])
    #expect(bench.state.graph.cycle(through: "up/a") == ["up/a", "down/b", "up/a"])
    #expect(bench.state.graph.cycle(through: "down/b") == ["down/b", "up/a", "down/b"])
    let named = #expect(throws: CommandError.self) { _ = try bench.launch("up/a") }
    #expect(named?.code == .unschedulable)
    let run = try bench.launch("*")
    #expect(bench.state.phases(of: run).count == 1)
  }

  @Test("Cycles that share assets have a path each, found in the end")
  func entangledCycles() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", from: [.on("down/b")]), .step("up/c", from: [.on("down/b"), .on("up/a")])])
    bench.deploy("down", [.step("down/b", from: [.on("up/c")])])
    #expect(bench.state.graph.cycle(through: "up/a") == ["up/a", "down/b", "up/c", "up/a"])
    #expect(bench.state.graph.cycle(through: "up/c") == ["up/c", "down/b", "up/c"])
  }

  @Test("Steps come after those that they read, also where those read from a cycle; steps on a cycle come last")
  func orderBesideACycle() throws {
    var bench = Bench()
    bench.deploy(
      "up",
      [
        .step("up/b", from: [.on("up/c")]), .step("up/c", from: [.on("up/b")]), .step("up/z", from: [.on("up/b")]),
        .step("up/a", from: [.on("up/z")]), .step("up/y"),
      ])
    let graph = bench.state.graph
    let ordered = graph.ordered(Set(graph.steps.keys)).map(\.name)
    #expect(Set(ordered.suffix(2)) == ["up/b", "up/c"])
    let places = Dictionary(uniqueKeysWithValues: zip(ordered, 0...))
    #expect(try #require(places["up/z"]) < #require(places["up/a"]))
    #expect(ordered.count == 5)
  }

  @Test("A planned step that a redeploy puts on a cycle fails, showing the path")
  func cycleLater() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a"), .step("up/b", from: [.on("up/a")])])
    bench.send(.sessionClosed("up", reason: "redeploy"))
    let run = try bench.launch("up/b")
    #expect(bench.outcome(run)?.kind == .blocked)
    let all = try bench.launch("*")
    bench.deploy("up", [.step("up/a", from: [.on("up/b")]), .step("up/b", from: [.on("up/a")])])
    guard case .failed(let failure) = bench.outcome(all) else {
      Issue.record("the step did not fail")
      return
    }
    #expect(failure.message.contains("lies on a cycle"))
    #expect(failure.message.contains("up/a → up/b → up/a"))
  }

  @Test("A graph grows with what is defined: many assets of steps that read the same assets make no product of them")
  func products() throws {
    let upstreams = try (0..<1_000).map { try AssetKey("up/u\($0)") }
    let readers = try (0..<50).map { step in
      StepSpec(
        name: "s\(step)", dependencies: upstreams.map { .on($0) },
        outputs: try (0..<1_000).map { AssetSpec.asset(try AssetKey("up/s\(step)/o\($0)")) })
    }
    let manifest = Manifest(location: "up", steps: upstreams.map { .step($0) } + readers)
    let workspace = WorkspaceDefinition(locations: [LocationDefinition(name: "up")])
    let cost = try ProcessorTime.measure { () throws in
      let graph = Graph(workspace: workspace, manifests: ["up": manifest])
      #expect(graph.readers(of: "up/u7").count == 50_000)
      #expect(try graph.resolve(Selection("up/u7+")).count == 50_001)
      #expect(try graph.resolve(Selection("+up/s7/o7")).count == 1_001)
      #expect(graph.cyclic.isEmpty)
    }
    // Where each asset had a list of each of its readers, this took minutes.
    #expect(cost < .seconds(60))
  }

  @Test("A refused step says so often why, however much of what it reads does not fit; of many the first say why")
  func manyRefusals() throws {
    var bench = Bench()
    let keys = try (0..<100).map { try AssetKey("up/a\($0)") }
    bench.deploy("up", keys.map { StepSpec(name: "\($0)", outputs: [.asset($0, shared: [])]) })
    let most = GraphLimits.reasonsPerLocation
    let readers = try (0..<(most + 500)).map { StepSpec.step(try AssetKey("down/b\($0)"), from: keys.map { .on($0) }) }
    bench.deploy("down", readers)
    let graph = bench.state.graph
    #expect(graph.refusals.count == most)
    let first = graph.refusals.filter { $0.definition == graph.refusals[0].definition }
    #expect(first.count == GraphLimits.reasonsPerStep + 1)
    #expect(first.contains { $0.reason.hasPrefix("90 more") })
    #expect(graph.refusalCount(of: "down") == most + 500)
    #expect(readers.allSatisfy { graph.refusal(of: $0.name, at: "down") != nil && graph.refusal(of: $0.name) != nil })
    #expect(graph.refusal(of: "down/b0", at: "up") == nil)
    #expect(bench.state.locationSummaries.map(\.refusalCount) == [most + 500, 0])
  }

  @Test("Of a step on a cycle only those assets lie on it that are read on the way round")
  func besideACycle() throws {
    var bench = Bench()
    let both = StepSpec(name: "both", dependencies: [.on("up/c")], outputs: [.asset("up/a"), .asset("up/b")])
    bench.deploy("up", [both, .step("up/c", from: [.on("up/a")]), .step("up/self", from: [.on("up/self")])])
    #expect(bench.state.graph.cyclic == ["up/a", "up/c", "up/self"])
    #expect(bench.state.graph.cycle(through: "up/self") == ["up/self", "up/self"])
    #expect(bench.state.graph.cycle(through: "up/c") == ["up/c", "up/a", "up/c"])
  }

  @Test("A planned step that a redeploy has refused says why")
  func refusedLater() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a"), .step("up/b")], slots: 0)
    let run = try bench.launch("up/b")
    bench.deploy("up", [StepSpec(name: "up/b", outputs: [.asset("up/b"), .asset("down/stolen")])], slots: 0)
    guard case .failed(let failure) = bench.outcome(run) else {
      Issue.record("the step did not fail")
      return
    }
    #expect(failure.message.contains("'up' no longer defines 'up/b': 'up' may not define 'down/stolen'"))
  }

  @Test("The graph does not depend on the order in which locations connect")
  func order() {
    let steps: [(LocationName, [StepSpec])] = [
      ("up", [.step("up/a"), .step("down/stolen")]), ("down", [.step("down/b", from: [.on("up/a")])]),
      ("other", [.step("other/c", from: [.on("down/b"), .on("up/a")])]),
    ]
    let graphs = [steps, steps.reversed(), [steps[1], steps[0], steps[2]]].map { order in
      var bench = Bench()
      for (name, steps) in order { bench.deploy(name, steps) }
      return bench.state.graph
    }
    #expect(Set(graphs).count == 1)
  }

  @Test("A removed location gets no grants; its steps in flight finish, or end with the grace period")
  func removed() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a"), .step("up/b")])
    bench.deploy("down", [.step("down/c", from: [.on("up/a")])])
    try bench.materialize("up/a")
    let finishing = try bench.launch("up/a")
    let lingering = try bench.launch("up/b")
    bench.send(.loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: "down")])))
    let reader = try bench.launch("down/c")
    #expect(bench.reasons(reader) == [.ownerNotInWorkspace("up/a", "up")])
    try bench.complete("up/a")
    #expect(bench.outcome(finishing) == .succeeded)
    bench.pass(bench.core.policy.removalGrace)
    #expect(bench.outcome(lingering)?.kind == .failed)
    #expect(bench.state.current(of: AssetPartition("up/a")) == 2)
  }

  @Test("A location that comes back finds its history")
  func backAgain() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a")])
    try bench.materialize("up/a")
    bench.send(.loadWorkspace(WorkspaceDefinition(locations: [])))
    bench.send(.loadWorkspace(WorkspaceDefinition(locations: [LocationDefinition(name: "up")])))
    bench.deploy("up", [.step("up/a")])
    #expect(bench.gate("up/a").isOpen)
  }
}
