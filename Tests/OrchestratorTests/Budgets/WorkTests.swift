// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// What decisions cost, however large the steps are (Isolation).
@Suite("The work of a decision")
struct WorkTests {
  private static func wide(_ outputs: Int, checks: Int = 0, from dependencies: [DependencySpec] = [], _ keys: Int) throws
    -> StepSpec
  {
    let names = (0..<checks).map { "c\($0)" }
    return StepSpec(
      name: "wide", partitions: .keys(try StaticKeys((0..<keys).map { "k\($0)" })), dependencies: dependencies,
      outputs: try (0..<outputs).map { .asset(try AssetKey("up/a\($0)"), checks: names) })
  }

  @Test func `a decision ends a step of a thousand outputs, and no more of them, whether it is granted or not`() throws {
    let unknown = DependencySpec.on("other/nobody")
    for dependencies in [[], [unknown]] {
      var bench = Bench()
      bench.deploy("up", [try Self.wide(1_000, from: dependencies, 20)], slots: 20)
      var core = bench.core
      _ = core.decide(.launch(LaunchRequest(try Selection("*"), partitions: .all)), at: bench.now)
      var decisions = 1
      while core.hasMore {
        let decision = core.decide(.tick, at: bench.now)
        decisions += 1
        #expect(decision.events.count < 10)
        #expect(core.work < 5_000)
      }
      #expect(decisions > 10)
    }
  }

  @Test func `the end of an attempt counts what it discards, and the location pays for it`() throws {
    var bench = Bench()
    bench.deploy("up", [try Self.wide(1_000, 1)])
    _ = try bench.launch("*", .all)
    let grant = try #require(bench.grants.first)
    var core = bench.core
    let failure = StepFailure(kind: .threw, message: "no", isRetryable: false)
    let decision = core.decide(.reports("up", [.finished(bench.id(of: grant), .failed(failure))]), at: bench.now)
    #expect(decision.events.count > 1_000)
    #expect(core.work > 3_000)
  }

  @Test func `a decision makes a few hundred events, whatever its steps come to`() throws {
    let keys = PartitionSpace.keys(try StaticKeys((0..<5_000).map { "k\($0)" }))
    for dependencies in [[], [DependencySpec.on("other/nobody", keys)]] {
      var bench = Bench()
      bench.deploy("up", [.step("up/a", keys, from: dependencies)], slots: 4_096)
      var core = bench.core
      var most = core.decide(.launch(LaunchRequest(try Selection("*"), partitions: .all)), at: bench.now).events.count
      while core.hasMore { most = max(most, core.decide(.tick, at: bench.now).events.count) }
      #expect(most > 100 && most < 300)
    }
  }

  @Test func `what attempts in flight may leave to be done is bounded, and the next is granted as one ends`() throws {
    var policy = CorePolicy()
    policy.loadInFlightPerLocation = 1_000
    var bench = Bench(policy: policy)
    bench.deploy("up", [try Self.wide(10, checks: 6, 50)], slots: 50)
    _ = try bench.launch("*", .all)
    #expect(bench.grants.count == 10)
    bench.fail(bench.grants[0], isRetryable: false)
    #expect(bench.grants.count == 11)
    bench.restart()
    bench.connect("up", slots: 50)
    #expect(bench.grants.count == 21, "as many again as were lost")
  }

  @Test func `a step that is more than may be in flight is granted alone, and the next one behind it`() throws {
    var policy = CorePolicy()
    policy.loadInFlightPerLocation = 50
    var bench = Bench(policy: policy)
    bench.deploy("up", [try Self.wide(20, checks: 0, 3)], slots: 50)
    _ = try bench.launch("*", .all)
    #expect(bench.grants.count == 1, "80 are more than 50, and nothing is beside them")
    bench.fail(bench.grants[0], isRetryable: false)
    #expect(bench.grants.count == 2)
    bench.fail(bench.grants[1], isRetryable: false)
    #expect(bench.grants.count == 3)
  }

  @Test func `who waits behind a step that needs much room goes on when that one is cancelled`() throws {
    var policy = CorePolicy()
    policy.loadInFlightPerLocation = 50
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/first"), try Self.wide(20, checks: 0, 1), .step("up/last")], slots: 50)
    _ = try bench.launch("up/first")
    let wide = try bench.launch("up/a0", .all)
    _ = try bench.launch("up/last")
    #expect(bench.grants.count == 1, "80 are more than 46, and come first")
    bench.send(.cancel(wide))
    #expect(bench.grants.map(\.stepName).last == "up/last")
  }

  @Test func `ten thousand orderly steps a second are within a location's share`() throws {
    let count = 200
    let keys = PartitionSpace.keys(try StaticKeys((0..<count).map { "k\($0)" }))
    var bench = Bench()
    bench.deploy("up", [.step("up/a"), .step("up/b", keys, from: [.on("up/a", .single, .all)], checks: ["unique"])], slots: 500)
    try bench.materialize("up/a")
    var core = bench.core
    var work = 0
    var effects: [Effect] = []
    func send(_ command: Command) {
      effects += core.decide(command, at: bench.now).effects
      work += core.work
    }
    send(.launch(LaunchRequest(try Selection("up/b"), partitions: .all)))
    while core.hasMore { send(.tick) }
    let grants = effects.compactMap { if case .grant(let grant, _) = $0 { grant } else { nil } }
    #expect(grants.count == count)
    for grant in grants {
      let id = bench.id(of: grant)
      let passed = CheckEvaluation(check: check("unique"), severity: .block, outcome: .passed)
      send(.reports("up", [.started(id), .staged(id, [.at("up/b")])]))
      send(.reports("up", [.checked(id, asset: "up/b", [passed]), .finished(id, .completed)]))
      send(.settled("up", bench.version(grant)))
    }
    #expect(core.state.unfinishedRuns.isEmpty)
    #expect(work / count <= core.policy.workPerSecond / 10_000)
  }
}
