// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import TestSupport
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

  /// What ledgers are to come to: each key is spelled, and remembered for ever by what it means.
  private struct Model {
    var space: PartitionSpace
    var floor: VersionNumber
    var all: [PartitionFamily: [PartitionKey: PartitionEntry]] = [:]

    init(_ ledger: PartitionLedger) {
      (space, floor) = (ledger.space, ledger.floor)
      for (index, entry) in ledger.touched { all[PartitionFamily(space), default: [:]][space.key(at: index)] = entry }
    }

    func adopting(_ other: PartitionSpace) -> Model {
      var result = self
      result.space = other
      if PartitionFamily(other) != PartitionFamily(space) {
        result.floor = max(floor, all.values.flatMap(\.values).map(\.allocated).max() ?? 0)
      }
      return result
    }

    mutating func update(_ key: PartitionKey, _ change: (inout PartitionEntry) -> Void) {
      var entry = all[PartitionFamily(space)]?[key] ?? PartitionEntry()
      entry.allocated = max(entry.allocated, floor)
      change(&entry)
      all[PartitionFamily(space), default: [:]][key] = entry
    }

    var touched: [Int: PartitionEntry] {
      var result: [Int: PartitionEntry] = [:]
      for (key, entry) in all[PartitionFamily(space)] ?? [:] {
        guard let index = space.index(of: key) else { continue }
        result[index] = entry
        result[index]?.allocated = max(entry.allocated, floor)
      }
      return result
    }
  }

  private func expectSame(_ ledger: PartitionLedger, _ model: Model, _ what: String = "") {
    let touched = ledger.touched
    #expect(Dictionary(touched.map { ($0.index, $0.entry) }) { first, _ in first } == model.touched, "\(what)")
    #expect(touched.map(\.index) == touched.map(\.index).sorted(), "\(what)")
    #expect(ledger.declaredCount == model.touched.count, "\(what)")
    #expect(ledger.count == model.all.values.reduce(0) { $0 + $1.count }, "\(what)")
  }

  private static func spaces() throws -> [PartitionSpace] {
    let zone = try Zone("America/New_York")
    return [
      try hours("2020-01-02"), try hours("2020-01-01"), try hours("2020-01-03", "2020-01-04"), try hours("2020-01-02", nil, zone),
      .single, try days("2020-01-02"), try days("2019-12-01", "2020-01-20"), try days("2020-01-10"),
      .daily(try DailyWindows(first: #require(CivilDate("2020-01-02")), last: nil, zone: zone)),
      .keys(try StaticKeys((0..<100).map { "k\($0)" })), .keys(try StaticKeys((50..<170).reversed().map { "k\($0)" })),
      .keys(try StaticKeys(["2020-01-03", "k60", "2020-01-12"])),
    ]
  }

  @Test func `whatever the spaces, what has the same key and meaning is found again, prepared or not`() throws {
    let spaces = try Self.spaces()
    for first in spaces {
      let ledger = Self.ledger(first, first == .single ? 0..<1 : first == spaces.last ? 0..<3 : 5..<90)
      for second in spaces where second != first {
        for third in spaces where third != second {
          let what = "\(first) \(second) \(third)"
          var model = Model(ledger).adopting(second)
          var plain = ledger.adopting(second)
          var prepared = ledger.adoptingPrepared(second)
          // A partition that is made under the second declaration, where it has one.
          let made = second.key(at: 1)
          if second != .single { model.update(made) { ($0.newest, $0.allocated) = (99, 99) } }
          for _ in 0..<1 where second != .single {
            plain.update(made) { ($0.newest, $0.allocated) = (99, 99) }
            prepared.update(made) { ($0.newest, $0.allocated) = (99, 99) }
          }
          for adopted in [plain.adopting(third), prepared.adoptingPrepared(third)] {
            expectSame(adopted, model.adopting(third), what)
            expectSame(adopted.adopting(first), model.adopting(third).adopting(first), what)
          }
          #expect(plain.adopting(third) == prepared.adoptingPrepared(third), "\(what)")
        }
      }
    }
  }

  @Test func `what changed since it was prepared counts, also of keys that are not declared`() throws {
    let before = PartitionSpace.keys(try StaticKeys((0..<100).map { "k\($0)" }))
    let after = PartitionSpace.keys(try StaticKeys((50..<150).reversed().map { "k\($0)" }))
    let few = try PartitionSpace.named("k1", "k2")
    for ledger in [Self.ledger(before, 0..<60), Self.ledger(before, 0..<60).adopting(few).adopting(before)] {
      var live = ledger
      var model = Model(ledger)
      // The last is none of the present keys: an attempt that began under others has ended.
      for key in ["k3", "k49", "k55", "k77", "k120"] as [PartitionKey] {
        if !live.update(key, { ($0.newest, $0.allocated) = (9, 9) }) {
          live.update(key, onceOf: after) { ($0.newest, $0.allocated) = (9, 9) }
        }
        model.update(key) { ($0.newest, $0.allocated) = (9, 9) }
      }
      expectSame(live.adopting(after, preparedOn: ledger), model.adopting(after))
      expectSame(live.adopting(after), model.adopting(after))
      #expect(live.adopting(after, preparedOn: ledger) == live.adopting(after))
      let days = try Self.days("2020-01-01")
      expectSame(live.adopting(days).adoptingPrepared(after), model.adopting(days).adopting(after))
    }
  }

  @Test func `an attempt that ends after its day or hour is not declared any more is remembered`() throws {
    let zone = try Zone("America/New_York")
    for (wide, narrow, index) in [
      (try Self.days("2019-12-01"), try Self.days("2020-01-10"), 5),
      (try Self.days("2020-01-01"), try Self.days("2020-01-01", "2020-01-03"), 7),
      (try Self.hours("2019-12-01", nil, zone), try Self.hours("2020-01-10", nil, zone), 100),
      (try Self.hours("2020-01-01"), try Self.hours("2020-01-01", "2020-01-02"), 70),
    ] {
      var ledger = Self.ledger(wide, 0..<0).adopting(narrow)
      let key = wide.key(at: index)
      #expect(!ledger.update(key) { $0.promoted = 7 })
      ledger.update(key, onceOf: wide) { ($0.promoted, $0.settled, $0.allocated) = (1, .promoted, 1) }
      #expect(ledger.touched.isEmpty && ledger.count == 1 && ledger.declaredCount == 0)
      #expect(ledger.adopting(wide)[index: index].promoted == 1)
      // Also where the asset has no partitions by now.
      var single = Self.ledger(wide, 0..<0).adopting(.single)
      single.update(key, onceOf: wide) { ($0.promoted, $0.settled, $0.allocated) = (1, .promoted, 1) }
      #expect(single.touched.isEmpty && single.count == 1)
      #expect(single.adopting(wide)[index: index].promoted == 1)
    }
  }

  @Test func `windows that begin earlier or later spell no key, and a hundred assets of fifty thousand hours take no time`()
    throws
  {
    let (early, late) = (try Self.hours("2019-12-31"), try Self.hours("2020-01-01"))
    var ledgers = Array(repeating: Self.ledger(late, 0..<50_000), count: 100)
    let cost = ProcessorTime.measure {
      for _ in 0..<10 {
        for index in ledgers.indices {
          ledgers[index] = ledgers[index].adopting(early)
          ledgers[index] = ledgers[index].adopting(late)
        }
      }
    }
    #expect(cost < .seconds(30), "a hundred million keys take minutes")
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
    // A definition that leaves it out for a while takes nothing away, and over a restart neither.
    bench.deploy("up", [.step("up/a", try Self.days("2025-12-28"))])
    #expect(!bench.gate("up/a", "2025-12-25").isOpen)
    bench.restart()
    bench.deploy("up", [.step("up/a", try Self.days("2025-12-01"))])
    #expect(bench.gate("up/a", "2025-12-25").isOpen)
    // Under the same keys another zone has other days, whose versions go on in number.
    let zone = try Zone("America/New_York")
    let local = PartitionSpace.daily(try DailyWindows(first: #require(CivilDate("2025-12-01")), last: nil, zone: zone))
    bench.deploy("up", [.step("up/a", local)])
    #expect(!bench.gate("up/a", "2025-12-25").isOpen)
    bench.deploy("up", [.step("up/a")])
    bench.deploy("up", [.step("up/a", try Self.days("2025-12-01"))])
    #expect(bench.gate("up/a", "2025-12-25").isOpen)
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
