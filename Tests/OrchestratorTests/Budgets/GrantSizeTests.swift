// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

/// What one grant may come to.
@Suite struct GrantSizeTests {
  /// A reader of `count` versions at a location whose grants may have inputs of so many bytes.
  private func read(_ count: Int, within bytes: Int) throws -> (bench: Bench, run: RunID) {
    var policy = CorePolicy()
    policy.inputBytesPerGrant = bytes
    var bench = Bench(policy: policy)
    let keys = try PartitionSpace.keys(StaticKeys((0..<count).map { "partition-\($0)" }))
    bench.deploy("up", [.step("up/a", keys)])
    bench.deploy("down", [.step("down/b", from: [.on("up/a", keys, .all)])])
    for number in 0..<count { try bench.materialize("up/a", PartitionKey("partition-\(number)")) }
    let run = try bench.launch("down/b")
    return (bench, run)
  }

  @Test func `a step that reads more bytes of versions than it may is never granted, and names the bound`() throws {
    let (bench, run) = try read(50, within: 10_000)
    #expect(!bench.isGranted("down/b"))
    guard case .failed(let failure)? = bench.outcome(run) else {
      Issue.record("the step came to \(String(describing: bench.outcome(run)))")
      return
    }
    #expect(failure.message.contains("inputBytesPerGrant") && !failure.isRetryable)
    #expect(bench.end(of: run) == .failed)
    #expect(bench.replayed() == bench.state)
  }

  @Test func `a step that reads as much as it may is granted`() throws {
    let (bench, _) = try read(50, within: 12_000)
    #expect(try bench.grant("down/b").inputs[0].versions.count == 50)
  }
}
