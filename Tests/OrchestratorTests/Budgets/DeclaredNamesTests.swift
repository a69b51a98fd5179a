// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Names that a location ever declared")
struct DeclaredNamesTests {
  @Test func `redeploys under other names end at a bound, and the last good manifest stays in force`() throws {
    var policy = CorePolicy()
    policy.assetsPerLocation = 5
    var bench = Bench(policy: policy)
    bench.deploy("up", [.step("up/a"), .step("up/b")])
    bench.deploy("up", [.step("up/c"), .step("up/d")])
    let digest = bench.digest(of: "up")
    bench.deploy("up", [.step("up/e"), .step("up/f")])
    let refusal = bench.state.locations["up"]?.refusal ?? ""
    #expect(refusal.contains("it has 2 assets, and had 4 others before") && refusal.contains("assetsPerLocation"), "\(refusal)")
    #expect(bench.state.locations["up"]?.manifest == digest && bench.state.ledgers.count == 4)
    // Names that were there before are no others.
    bench.deploy("up", [.step("up/a"), .step("up/c")])
    #expect(bench.state.locations["up"]?.refusal == nil)
    bench.deploy("other", [.step("other/a")])
    #expect(bench.state.ledgers.count == 5)
    #expect(bench.replayed() == bench.state)
  }
}
