// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import ControlPlaneDaemon
import Orchestrator
import Testing

/// What is said of many assets with many partitions, and at what cost.
@Suite struct `Assets with many partitions in short` {
  private let now = Timestamp(seconds: 1_767_225_600)
  private let team: LocationName
  private let check = CheckSpec(name: "rows", severity: .block)

  init() throws { team = try LocationName("team") }

  /// A state in which each of these assets has so many partitions, and the first so many of them are promoted.
  private func state(
    _ assets: [(key: String, partitions: Int, promoted: Int)], passed: [Set<CheckIdentity>]? = nil
  ) throws -> State {
    var state = State(incarnation: Incarnation(7))
    let steps = try assets.map { asset in
      let output = OutputSpec(scheme: "file", format: "jsonl/1")
      return StepSpec(
        name: asset.key, partitions: .keys(try StaticKeys((0..<asset.partitions).map { "k\($0)" })), dependencies: [],
        outputs: [AssetSpec(key: try AssetKey(asset.key), output: output, checks: [check])])
    }
    let workspace = WorkspaceDefinition(locations: [LocationDefinition(name: team)])
    state.graph = Graph(workspace: workspace, manifests: [team: Manifest(location: team, steps: steps)])
    let sets = (passed ?? [[check.identity]]).map { state.checkSets.intern(CheckDraft(CheckRoster($0), $0), of: team) }
    for (step, asset) in zip(steps, assets) {
      let entries = (0..<asset.promoted).map { index -> (index: Int, entry: PartitionEntry) in
        var entry = PartitionEntry()
        (entry.newest, entry.promoted, entry.settled) = (1, 1, .promoted)
        entry.passed = sets[index % sets.count]
        return (index, entry)
      }
      state.ledgers[try AssetKey(asset.key)] = PartitionLedger(space: step.partitions, owner: team, entries: entries, floor: 0)
    }
    return state
  }

  @Test func `what is beyond the partitions that an answer looks at is not told`() throws {
    let state = try state([("team/a", 40, 40), ("team/b", 40, 39), ("team/c", 40, 40), ("team/d", 1, 1)])
    let keys = state.graph.keys
    let all = try state.summaries(of: keys, at: now)
    #expect(all.map(\.gateOpen) == [true, false, true, true])
    #expect(all.map { $0.partitions?.missing } == [0, 1, 0, 0])
    // Ledgers are looked at in pieces of 32 partitions.
    let some = try state.summaries(of: keys, at: now, looking: 160)
    #expect(some.map(\.gateOpen) == [true, false, nil, true])
    #expect(some.map { $0.partitions?.promoted } == [40, 39, nil, 1])
    #expect(some.map(\.key) == keys.map(\.description))
  }

  @Test func `every gate is what the gate says to a new run`() throws {
    let state = try state([("team/a", 100, 90)], passed: [[check.identity], [], [check.identity, CheckIdentity(name: "other")]])
    let key = try AssetKey("team/a")
    let gate = Gate(state, at: now)
    var quick = AssetGate(of: key, in: state, at: now)
    for index in 0..<100 {
      let target = AssetPartition(key, PartitionKey("k\(index)"))
      var isOpen = false
      if case .open = gate.verdict(on: target, .gated, for: nil) { isOpen = true }
      #expect(quick.isOpen(index) == isOpen, "\(index)")
    }
  }

  @Test func `versions are listed up to a number, and that there are more is said`() throws {
    let state = try state([("team/a", 50, 50)])
    let key = try AssetKey("team/a")
    let (some, areAll) = try state.newestVersions(of: key, at: now, most: 49)
    #expect(some.count == 49 && !areAll)
    let (all, areAllThere) = try state.newestVersions(of: key, at: now, most: 50)
    #expect(all.count == 50 && areAllThere)
  }

  @Test func `nobody is looked at for who has gone`() async throws {
    let state = try state([("team/a", 2_000, 2_000)])
    let key = try AssetKey("team/a")
    let now = self.now
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try state.newestVersions(of: key, at: now, most: 10_000)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
  }
}
