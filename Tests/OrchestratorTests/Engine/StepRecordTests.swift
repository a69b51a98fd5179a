// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Orchestrator
import Testing

@Suite("Step records")
struct StepRecordTests {
  private func record(_ outcome: StepOutcome?, last: StepFailure?) -> StepRecord {
    StepRecord(
      id: StepID(run: RunID(1), ordinal: 0), location: "shop", step: "shop/orders", outputs: [], partition: .only,
      phase: outcome.map { StepPhase($0.kind) } ?? .waiting, outcome: outcome, lastFailure: last)
  }

  @Test("a step that has failed shows what ended it, and one that is tried again its last attempt's failure")
  func failure() {
    let attempt = StepFailure(kind: .lost, message: "its host no longer knows it")
    let end = StepFailure(kind: .lost, message: "its attempt was lost 4 times", isRetryable: false)
    #expect(record(.failed(end), last: attempt).failure == end)
    #expect(record(.failed(end), last: nil).failure == end)
    #expect(record(nil, last: attempt).failure == attempt)
    #expect(record(.succeeded, last: attempt).failure == attempt)
  }
}
