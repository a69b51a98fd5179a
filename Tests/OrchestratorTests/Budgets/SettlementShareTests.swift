// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// What a location has to settle is told in portions, and bounded (Isolation).
@Suite("What a location has to settle")
struct SettlementShareTests {
  @Test func `a location that settles nothing is granted nothing more, and told in portions what it has to settle`() throws {
    var policy = CorePolicy()
    (policy.settlementsAtOnce, policy.unsettledPerLocation) = (10, 50)
    var bench = Bench(policy: policy)
    let keys = PartitionSpace.keys(try StaticKeys((0..<100).map { "k\($0)" }))
    bench.deploy("up", [.step("up/a", keys)], slots: 5)
    _ = try bench.launch("up/a", .all)
    while let next = bench.grants.first(where: { bench.isInFlight($0) }) { bench.complete(next) }
    #expect(bench.grants.count == 54)
    #expect(bench.core.loads["up"]?.unsettled == LocationLoad.Share(used: 54, limit: 50))

    func told(_ body: (inout Bench) -> Void) -> Int {
      let before = bench.effects.count
      body(&bench)
      return bench.effects[before...].count { if case .settle = $0 { true } else { false } }
    }
    #expect(told { $0.connect("up", slots: 5) } == 10)
    #expect(told { $0.pass(policy.settlementDelay) } == 10)
    let (first, second) = (bench.grants[0], bench.grants[1])
    #expect(told { $0.send(.settled("up", $0.version(first))) } == 1)
    // Those that are refused come again, after those that were never told in this session.
    #expect(told { $0.send(.settlementFailed("up", $0.version(second))) } == 0)
    var repeated = 0
    for _ in 0..<8 {
      let now = told { $0.pass(policy.settlementDelay) }
      #expect(now <= 10)
      repeated += now
    }
    #expect(repeated > 53 - 21)
    for grant in Array(bench.grants.prefix(4)) { bench.send(.settled("up", bench.version(grant))) }
    #expect(bench.grants.count == 54, "50 are still unsettled")
    bench.send(.settled("up", bench.version(bench.grants[4])))
    #expect(bench.grants.count == 59)
  }

  @Test func `versions that a host lists and nobody decided are looked up in portions`() throws {
    var policy = CorePolicy()
    policy.settlementsAtOnce = 10
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a")])
    let listed = (1...25).map {
      VersionID(incarnation: Bench.incarnation, asset: "up/a", partition: .only, number: VersionNumber($0))
    }
    bench.connect("up", unsettled: listed)
    for _ in 0..<5 { bench.pass(policy.settlementDelay) }
    let asked = bench.effects.compactMap { if case .settleFromHistory(_, let versions) = $0 { versions } else { nil } }
    #expect(asked.map(\.count) == [10, 10, 5])
    #expect(asked.flatMap { $0 } == listed)
  }
}
