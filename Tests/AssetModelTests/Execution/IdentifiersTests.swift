// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct IdentifiersTests {
  private let attempt = AttemptID(
    incarnation: Incarnation(0x0f3a_12bc), step: StepID(run: RunID(17), ordinal: 4), number: 1)

  @Test("An attempt's id is parsed from what it prints")
  func roundTrips() throws {
    #expect(attempt.description == "0f3a12bc.17.4.1")
    #expect(try AttemptID(attempt.description) == attempt)
    #expect(try throughJSON(attempt) == attempt)
  }

  @Test(
    "What is no attempt id is refused",
    arguments: [
      "", "17.4.1", "0f3a12bc.17.4", "0f3a12bc.17.4.0", "0f3a12bc.17.-1.1", "xyz.17.4.1", "0f3a12bc.17.4.1.1", "f3a12bc.17.4.1",
    ])
  func refuses(text: String) {
    let error = modelError { try AttemptID(text) }
    #expect(error?.code == .malformedIdentifier)
    #expect(error?.message == "'\(text)' is no attempt id: write incarnation.run.step.attempt")
  }

  @Test(
    "One attempt has one spelling", arguments: ["0F3A12BC.17.4.1", "0f3a12bc.017.4.1", "0f3a12bc.+17.4.1", "0f3a12bc.17.4.01"])
  func refusesOtherSpellings(text: String) {
    #expect(modelError { try AttemptID(text) }?.message == "'\(text)' is no attempt id: write 0f3a12bc.17.4.1")
  }

  @Test("Runs, steps and attempts are ordered by number, not by text")
  func orders() {
    let later = AttemptID(incarnation: attempt.incarnation, step: StepID(run: RunID(100), ordinal: 0), number: 1)
    #expect(attempt < later)
    #expect(StepID(run: RunID(17), ordinal: 4) < StepID(run: RunID(17), ordinal: 10))
    #expect(RunID(9) < RunID(10))
    #expect(RunID(9).description == "9")
  }

  @Test("A version is written with its partition, where it has one")
  func versions() throws {
    let key = try AssetKey("weather/hourly")
    let partitioned = VersionID(incarnation: Incarnation(1), asset: key, partition: "2013-11-03", number: 2)
    #expect(partitioned.description == "weather/hourly[2013-11-03] v2")
    #expect(VersionID(incarnation: Incarnation(1), asset: key, partition: .only, number: 2).description == "weather/hourly v2")
    #expect(try throughJSON(partitioned) == partitioned)
    #expect(Incarnation(0x1).description == "00000001")
  }

  @Test("Every report knows its attempt, and survives encoding")
  func reports() throws {
    let key = try AssetKey("a")
    let locator = Locator(scheme: "file", uri: "/x", format: "jsonl/1", size: 3, contentHash: "sha256:00")
    let evaluation = CheckEvaluation(
      check: CheckIdentity(name: "c"), severity: .block, outcome: .failed, message: "no", metadata: ["n": 1])
    let reports: [StepReport] = [
      .started(attempt), .logged(attempt, lines: [LogLine(at: Timestamp(seconds: 1), level: .info, message: "m")], dropped: 2),
      .staged(attempt, [StagedOutput(asset: key, locator: locator, metadata: ["rows": 3])]),
      .checked(attempt, asset: key, [evaluation]), .finished(attempt, .completed),
      .finished(attempt, .failed(StepFailure(kind: .threw, message: "boom"))), .finished(attempt, .refused(.staleManifest)),
    ]
    #expect(reports.allSatisfy { $0.attempt == attempt })
    #expect(try throughJSON(reports) == reports)
  }
}
