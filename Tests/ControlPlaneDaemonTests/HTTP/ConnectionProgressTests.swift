// SPDX-License-Identifier: Apache-2.0

import ControlPlaneDaemon
import NIOCore
import Testing

@Suite("What a connection waits for") struct ConnectionProgressTests {
  private let limits = HTTPLimits()
  private func second(_ number: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(number) }

  private func expect(
    _ progress: ConnectionProgress, _ expiry: ConnectionProgress.Expiry?, at second: Int64? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let deadline = progress.deadline(limits)
    #expect(deadline?.expiry == expiry, sourceLocation: sourceLocation)
    #expect(deadline?.at == second.map { self.second($0) }, sourceLocation: sourceLocation)
  }

  @Test func `a request goes through head, body and answer, and each has its time`() {
    var progress = ConnectionProgress(at: second(0))
    expect(progress, .head, at: 10)
    // Bytes do not put a head off.
    let began = progress.bytesCame(at: second(5))
    #expect(!began)
    expect(progress, .head, at: 10)
    progress.headCame(at: second(6))
    expect(progress, .body, at: 66)
    progress.bodyEnded(at: second(7))
    expect(progress, nil)
    progress.answerBegan()
    progress.answerEnded(at: second(100))
    expect(progress, .idle, at: 175)
    let beganAgain = progress.bytesCame(at: second(110))
    #expect(beganAgain)
    expect(progress, .head, at: 120)
  }

  @Test func `a connection is not idle while one of several requests is to be answered`() {
    var progress = ConnectionProgress(at: second(0))
    for _ in 1...2 {
      _ = progress.bytesCame(at: second(1))
      progress.headCame(at: second(1))
      progress.bodyEnded(at: second(1))
    }
    #expect(progress.requests == 2)
    progress.answerBegan()
    progress.answerEnded(at: second(2))
    expect(progress, nil)
    progress.answerEnded(at: second(3))
    expect(progress, .idle, at: 78)
  }

  @Test func `the beginning of a next request takes nothing from the answer to the one before`() {
    var progress = ConnectionProgress(at: second(0))
    progress.headCame(at: second(1))
    progress.bodyEnded(at: second(1))
    let began = progress.bytesCame(at: second(2))
    #expect(began)
    expect(progress, nil)
    progress.answerBegan()
    progress.answerEnded(at: second(300))
    expect(progress, .head, at: 310)
  }
}

@Suite("Open files") struct DescriptorBudgetTests {
  @Test(arguments: [(1_024, 640), (256, 16), (0, 16), (100_000, 2_048), (.max, 2_048)])
  func `connections have what the store and the locations leave`(files: Int, connections: Int) {
    let limits = DescriptorBudget(before: files, now: files).bound(HTTPLimits(), locations: 4)
    #expect(limits.connections == connections)
    #expect(limits.connectionsPerClient < limits.connections)
  }

  @Test func `more locations leave less`() {
    let budget = DescriptorBudget(before: 1_024, now: 1_024)
    #expect(budget.bound(HTTPLimits(), locations: 100).connections < budget.bound(HTTPLimits(), locations: 64).connections)
    #expect(budget.bound(HTTPLimits(), locations: .max / 8).connections == DescriptorBudget.leastConnections)
  }
}
