// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// What a redeploy makes of what is remembered of partitions, and that nobody waits for it (Isolation, semantics 28).
@Suite("Ledgers under other definitions")
struct LedgerTests {
  private static func hours(_ first: String, _ last: String? = nil, _ zone: Zone = .utc) throws -> PartitionSpace {
    .hourly(try HourlyWindows(first: #require(CivilDate(first)), last: last.map { try #require(CivilDate($0)) }, zone: zone))
  }

  private static func days(_ first: String, _ last: String? = nil) throws -> PartitionSpace {
    .daily(try DailyWindows(first: #require(CivilDate(first)), last: last.map { try #require(CivilDate($0)) }, zone: .utc))
  }

  /// A ledger with a version of each partition in a range.
  private static func ledger(_ space: PartitionSpace, _ touched: Range<Int>) -> PartitionLedger {
    PartitionLedger(
      space: space, owner: "up",
      entries: touched.map { index in
        var entry = PartitionEntry()
        (entry.newest, entry.promoted, entry.allocated, entry.settled) = (1, 1, VersionNumber(index % 7 + 1), .promoted)
        return (index, entry)
      }, floor: 0)
  }

  /// What adoption is to come to: each key is spelled, and looked for.
  private static func byKey(_ ledger: PartitionLedger, _ other: PartitionSpace) -> PartitionLedger {
    var floor = ledger.floor
    var kept: [(index: Int, entry: PartitionEntry)] = []
    for (index, entry) in ledger.touched {
      if let target = other.index(of: ledger.space.key(at: index)) {
        kept.append((target, entry))
      } else {
        floor = max(floor, entry.allocated)
      }
    }
    return PartitionLedger(
      space: other, owner: ledger.owner,
      entries: kept.map { index, entry in
        var entry = entry
        entry.allocated = max(entry.allocated, floor)
        return (index, entry)
      }, floor: floor)
  }

  @Test func `whatever the spaces, a ledger comes to what comparing each key comes to, prepared or not`() throws {
    let zone = try Zone("America/New_York")
    let spaces = [
      try Self.hours("2020-01-02"), try Self.hours("2020-01-01"), try Self.hours("2020-01-03", "2020-01-04"),
      try Self.hours("2020-01-02", nil, zone), .single,
      try Self.days("2020-01-02"), try Self.days("2019-12-01", "2020-01-20"), try Self.days("2020-01-10"),
      .keys(try StaticKeys((0..<100).map { "k\($0)" })), .keys(try StaticKeys((50..<170).reversed().map { "k\($0)" })),
      .keys(try StaticKeys(["2020-01-03", "k60", "2020-01-12"])),
    ]
    for first in spaces {
      let ledger = Self.ledger(first, first == .single ? 0..<1 : first == spaces.last ? 0..<3 : 5..<90)
      for second in spaces where second != first {
        for third in spaces where third != second {
          let expected = Self.byKey(Self.byKey(ledger, second), third)
          for adopted in [ledger.adopting(second).adopting(third), ledger.adoptingPrepared(second).adoptingPrepared(third)] {
            #expect(adopted == expected)
            #expect(adopted.count == adopted.touched.count)
          }
        }
      }
    }
  }

  @Test func `what changed since it was prepared counts, and what another definition dropped stays dropped`() throws {
    let before = PartitionSpace.keys(try StaticKeys((0..<100).map { "k\($0)" }))
    let after = PartitionSpace.keys(try StaticKeys((0..<100).reversed().map { "k\($0)" }))
    let ledger = Self.ledger(before, 0..<50)
    var live = ledger
    for key in ["k3", "k49", "k77"] as [PartitionKey] { live.update(key) { ($0.newest, $0.allocated) = (9, 9) } }
    #expect(live.adopting(after, preparedOn: ledger) == Self.byKey(live, after))
    let few = try PartitionSpace.named("k1", "k2")
    let back = ledger.adopting(few).adopting(before)
    #expect(back.adopting(after, preparedOn: ledger) == Self.byKey(back, after))
  }

  @Test func `windows that begin earlier or later spell no key, and a hundred assets of fifty thousand hours take no time`()
    throws
  {
    let (early, late) = (try Self.hours("2019-12-31"), try Self.hours("2020-01-01"))
    var ledgers = Array(repeating: Self.ledger(late, 0..<50_000), count: 100)
    let start = ContinuousClock.now
    for _ in 0..<10 {
      for index in ledgers.indices {
        ledgers[index] = ledgers[index].adopting(early)
        ledgers[index] = ledgers[index].adopting(late)
      }
    }
    #expect(ContinuousClock.now - start < .seconds(30), "a hundred million keys take minutes")
    #expect(ledgers[7] == Self.ledger(late, 0..<50_000))
  }

  @Test func `a redeploy moves what is remembered, and the gate and a snapshot's rest find it`() throws {
    var bench = Bench()
    bench.deploy("up", [.step("up/a", try Self.days("2025-12-20"))])
    bench.deploy("down", [.step("down/b", try Self.days("2025-12-20"), from: [.on("up/a", try Self.days("2025-12-20"))])])
    try bench.materialize("up/a", "2025-12-25")
    bench.deploy("up", [.step("up/a", try Self.days("2025-12-01"))])
    #expect(bench.gate("up/a", "2025-12-25").isOpen)
    #expect(!bench.gate("up/a", "2025-12-06").isOpen)
    _ = try bench.launch("down/b", .text("2025-12-25"))
    #expect(bench.isGranted("down/b", "2025-12-25"))
    #expect(bench.state == bench.replayed())
    var derived = bench.state
    derived.deriveRest()
    #expect(derived == bench.state)
    // Versions go on from what a definition dropped.
    bench.deploy("up", [.step("up/a", try Self.days("2025-12-28"))])
    bench.deploy("up", [.step("up/a", try Self.days("2025-12-01"))])
    #expect(!bench.gate("up/a", "2025-12-25").isOpen)
    _ = try bench.launch("up/a", .text("2025-12-25"))
    #expect(try bench.grant("up/a", "2025-12-25").outputs.map(\.number) == [2])
    #expect(bench.state == bench.replayed())
  }

  @Test func `partitions that are remembered are bounded by location, by name, and those known already may be made again`() throws
  {
    var policy = CorePolicy()
    policy.partitionsPerLocation = 10
    let keys = PartitionSpace.keys(try StaticKeys((0..<8).map { "k\($0)" }))
    let more = PartitionSpace.keys(try StaticKeys((0..<5).map { "k\($0)" }))
    let tick = ScheduleSpec(
      name: "often", cron: try CronExpression("* * * * *"), zone: .utc, selection: try Selection("up/b"), partition: .all)
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a", keys, from: [.on("up/nobody", keys)]), .step("up/b", more)], schedules: [tick])
    func refusal(_ bench: inout Bench, _ selection: String) -> String? {
      do { _ = try bench.launch(selection, .all) } catch { return (error as? CommandError)?.message ?? "\(error)" }
      return nil
    }
    #expect(refusal(&bench, "up/a") == nil)
    #expect(bench.state.partitionsTouched == ["up": 8], "also what was blocked is remembered")
    #expect(bench.state.partitionsInProgress == [:])
    #expect(refusal(&bench, "up/a") == nil, "none of them is new")
    #expect(refusal(&bench, "up/b")?.contains("partitionsPerLocation") == true)
    #expect(refusal(&bench, "*")?.contains("partitionsPerLocation") == true)
    bench.pass(.seconds(60))
    let problems = bench.events.compactMap { if case .scheduleTicked(_, _, _, nil, let problem?) = $0 { problem } else { nil } }
    #expect(problems.first?.contains("partitionsPerLocation") == true)
    // What is gone is still remembered; another location has its own share.
    bench.deploy("up", [.step("up/b", more)])
    #expect(refusal(&bench, "up/b")?.contains("partitionsPerLocation") == true)
    bench.deploy("down", [.step("down/b", more)])
    #expect(refusal(&bench, "down/b") == nil)
    #expect(bench.state.partitionsInProgress == ["down": 5])
    #expect(bench.state == bench.replayed())
    var derived = bench.state
    derived.deriveRest()
    #expect(derived == bench.state)
  }
}

extension PartitionLedger {
  fileprivate func adopting(_ space: PartitionSpace) -> PartitionLedger {
    var copy = self
    copy.adopt(space)
    return copy
  }

  fileprivate func adopting(_ space: PartitionSpace, preparedOn earlier: PartitionLedger) -> PartitionLedger {
    var copy = self
    copy.adopt(space, earlier.renumbered(for: space))
    return copy
  }

  fileprivate func adoptingPrepared(_ space: PartitionSpace) -> PartitionLedger { adopting(space, preparedOn: self) }
}
