// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("One gate, whoever launches (Validation)")
struct OneGateTests {
  private static func closed() throws -> Bench {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", checks: ["unique"])])
    let hourly = ScheduleSpec(
      name: "hourly", cron: try CronExpression("0 * * * *"), zone: .utc, selection: try Selection("down/b"))
    bench.deploy("down", [.step("down/b", from: [.on("up/a")])], schedules: [hourly])
    try bench.materialize("up/a")
    try bench.materialize("up/a", failing: ["unique"])
    return bench
  }

  private static let reasons: [GateReason] = [.rejected(VersionRef(AssetPartition("up/a"), 2))]

  @Test("A manual launch of a downstream whose upstream check failed is blocked")
  func manual() throws {
    var bench = try Self.closed()
    let run = try bench.launch("down/b")
    #expect(bench.reasons(run) == Self.reasons)
    #expect(bench.end(of: run) == .blocked)
  }

  @Test("The same run that made the rejected version blocks its downstream")
  func sameRun() throws {
    var bench = try Self.closed()
    let run = try bench.launch("+down/b")
    try bench.complete("up/a", failing: ["unique"])
    #expect(bench.reasons(run, 1) == [.rejected(VersionRef(AssetPartition("up/a"), 3))])
    #expect(bench.end(of: run) == .failed)
  }

  @Test("Another run that was launched before the check failed is blocked when it comes to it")
  func otherRun() throws {
    var bench = try Self.closed()
    let first = try bench.launch("up/a")
    let second = try bench.launch("down/b")
    #expect(bench.phase(second) == .waiting)
    try bench.complete("up/a", failing: ["unique"])
    #expect(bench.end(of: first) == .failed)
    #expect(bench.reasons(second) == [.rejected(VersionRef(AssetPartition("up/a"), 3))])
  }

  @Test("A schedule's run is blocked")
  func schedule() throws {
    var bench = try Self.closed()
    bench.pass(.seconds(3_600))
    let run = try #require(bench.state.unfinishedRuns.isEmpty ? RunID(3) : nil)
    #expect(bench.reasons(run) == Self.reasons)
  }

  @Test("A retry is blocked when the gate has closed in between")
  func retry() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", checks: ["unique"])])
    bench.deploy("down", [.step("down/b", from: [.on("up/a")])])
    try bench.materialize("up/a")
    let run = try bench.launch("down/b")
    bench.deploy("up", [.step("up/a", checks: ["unique", "more"])])
    bench.connect("down", instance: "second")
    #expect(bench.outcome(run)?.kind == .blocked)
  }

  @Test("After a restart of the daemon the gate is as closed as before")
  func restart() throws {
    var bench = try Self.closed()
    bench.restart()
    bench.connect("up")
    bench.connect("down")
    let run = try bench.launch("down/b")
    #expect(bench.reasons(run) == Self.reasons)
  }

  @Test("The repaired upstream opens it again")
  func repaired() throws {
    var bench = try Self.closed()
    let run = try bench.launch("+down/b")
    try bench.complete("up/a")
    try bench.complete("down/b")
    #expect(bench.end(of: run) == .succeeded)
  }
}
