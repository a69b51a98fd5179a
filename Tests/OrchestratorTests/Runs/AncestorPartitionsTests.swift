// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Partitions that a launch names apply to what its selection names; ancestors run what is read of them (semantics 12)")
struct AncestorPartitionsTests {
  private static func days(_ first: String, _ last: String?) throws -> PartitionSpace {
    .daily(
      try DailyWindows(
        first: #require(CivilDate(first)), last: last.map { try #require(CivilDate($0)) }, zone: .utc))
  }

  /// `raw` over a year, `clean` over its December, `report` over all of `clean`, `digest` of the report; codes beside them.
  private static func bench() throws -> Bench {
    let (year, december) = (try days("2025-01-01", "2025-12-31"), try days("2025-12-02", "2025-12-31"))
    let codes = try PartitionSpace.named("a", "b", "c")
    var bench = Bench()
    bench.deploy(
      "up",
      [
        .step("up/codes", codes), .step("up/raw", year),
        .step("up/clean", december, from: [.on("up/raw", year), .on("up/codes", codes, .all)]),
        .step("up/report", from: [.on("up/clean", december, .all)]), .step("up/digest", from: [.on("up/report")]),
      ], slots: 1_000)
    return bench
  }

  /// How many partitions of each asset a launch runs.
  private static func planned(
    _ selection: String, _ partitions: LaunchRequest.Partitions = .unspecified, kind: RunKind = .materialize
  ) throws -> [String: String] {
    var bench = try bench()
    let id = try bench.launch(selection, partitions, kind: kind)
    let run = try #require(bench.state.runs[id])
    return Dictionary(
      uniqueKeysWithValues: run.plan.nodes.map { ($0.outputs[0].description, $0.space.describe($0.partitions)) })
  }

  @Test("All partitions of an asset need those of its ancestors that it reads, not all that these have")
  func all() throws {
    #expect(
      try Self.planned("+up/clean", .all) == [
        "up/raw": "2025-12-02..2025-12-31", "up/clean": "2025-12-02..2025-12-31", "up/codes": "a..c",
      ])
    #expect(try Self.planned("*", .all)["up/raw"] == "2025-01-01..2025-12-31")
    #expect(try Self.planned("+up/clean,up/raw", .all)["up/raw"] == "2025-01-01..2025-12-31")
  }

  @Test("A range, or the latest, is read by identity from ancestors of the same kind, and whole from others")
  func range() throws {
    let asked = "2025-12-03..2025-12-04"
    #expect(try Self.planned("+up/clean", .text(asked)) == ["up/raw": asked, "up/clean": asked, "up/codes": "a..c"])
    #expect(
      try Self.planned("+up/clean", .latest) == ["up/raw": "2025-12-31", "up/clean": "2025-12-31", "up/codes": "a..c"])
    #expect(throws: CommandError.self) { try Self.planned("up/raw,up/codes", .text(asked)) }
  }

  @Test("An unpartitioned asset with its ancestors needs no partitions to be named")
  func unnamed() throws {
    #expect(
      try Self.planned("+up/digest") == [
        "up/raw": "2025-12-02..2025-12-31", "up/clean": "2025-12-02..2025-12-31", "up/codes": "a..c", "up/report": "",
        "up/digest": "",
      ])
    #expect(throws: CommandError.self) { try Self.planned("+up/clean") }
  }

  @Test("Where nothing that is named has partitions, the range applies to the ancestors that are read whole")
  func unpartitionedNamed() throws {
    #expect(
      try Self.planned("+up/digest", .text("2025-12-05")) == [
        "up/raw": "2025-12-05", "up/clean": "2025-12-05", "up/codes": "a..c", "up/report": "", "up/digest": "",
      ])
    let error = #expect(throws: CommandError.self) { try Self.planned("+up/digest", .text("2024-01-01")) }
    #expect(error?.code == .badPartitions && error?.message.contains("'2024-01-01'") == true)
    let unused = #expect(throws: CommandError.self) { try Self.planned("up/report", .text("2025-12-05")) }
    #expect(unused?.message == "nothing that is selected has partitions: leave out '2025-12-05'")
  }

  @Test("Descendants run the range themselves")
  func descendants() throws {
    #expect(
      try Self.planned("up/raw+", .text("2025-12-05")) == [
        "up/raw": "2025-12-05", "up/clean": "2025-12-05", "up/report": "", "up/digest": "",
      ])
  }

  @Test("A schedule's ancestors are needed through other locations' steps, which it does not run")
  func throughOthers() throws {
    let days = try Self.days("2025-12-02", "2025-12-31")
    var bench = Bench()
    bench.deploy("down", [.step("down/middle", days, from: [.on("up/raw", days)])])
    bench.deploy(
      "up", [.step("up/raw", days), .step("up/end", days, from: [.on("down/middle", days)])],
      schedules: [
        ScheduleSpec(name: "nightly", cron: try CronExpression("0 1 * * *"), zone: .utc, selection: try Selection("+up/end"))
      ])
    bench.pass(.seconds(3_600))
    let run = try #require(bench.state.runs.values.first)
    #expect(run.plan.nodes.map(\.outputs) == [["up/raw"], ["up/end"]])
    #expect(run.plan.nodes.map { $0.space.describe($0.partitions) } == ["2025-12-31", "2025-12-31"])
  }

  @Test("An unpartitioned asset over all days is not blocked by the day that has not ended")
  func openDay() throws {
    let days = try Self.days("2025-12-30", nil)
    var bench = Bench()
    bench.deploy("up", [.step("up/raw", days), .step("up/report", from: [.on("up/raw", days, .all)])])
    bench.now = bench.now + .seconds(3_600)
    let run = try bench.launch("+up/report")
    #expect(bench.state.runs[run]?.plan.stepCount == 3)
    for grant in bench.grants { bench.complete(grant) }
    #expect(try bench.grant("up/report").inputs.first?.versions.count == 2)
    #expect(bench.gate("up/raw", "2026-01-01").reasons == [.noSuchPartition(AssetPartition("up/raw", "2026-01-01"))])
  }
}
