// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Synchronization
import Testing

@Suite struct `Evaluating checks` {
  static let quick = RetryPolicy(maxAttempts: 3, delay: .milliseconds(1))

  @Test func `judges the value that was read back, not the one that the closure returned`() async throws {
    struct Lossy: Codable, Sendable {
      var kept = 1
      var lost = 2
      enum CodingKeys: String, CodingKey { case kept }
    }
    let location = try load {
      Asset("weather/a") { _ in Lossy(kept: 5, lost: 6) }
        .check("read back") { value, _ in
          value.kept == 5 && value.lost == 2 ? .pass("as stored", ["kept": .int(5)]) : .fail("as returned")
        }
    }
    let evaluation = try #require(try await location.materialize("weather/a").checked("weather/a")?.first)
    #expect(evaluation.outcome == .passed)
    #expect(evaluation.message == "as stored")
    #expect(evaluation.metadata == ["kept": 5])
  }

  @Test func `completes the step when a check fails, errs or times out`() async throws {
    let location = try load {
      Asset("weather/a") { _ in [1, 2] }
        .check("fails") { values, _ in .fail("\(values.count) values", ["values": .list(values)]) }
        .check("warns", severity: .warn) { _, step in
          step.metadata["seen"] = 1
          return .fail("not so bad")
        }
        .check("errs") { _, _ in throw Broken("database is down") }
        .check("hangs", timeout: .milliseconds(20)) { _, _ in
          try await Task.sleep(for: .seconds(600))
          return .pass
        }
    }
    let reports = try await location.materialize("weather/a")
    #expect(reports.end == .completed)
    let results = try #require(reports.checked("weather/a"))
    #expect(results.map(\.outcome) == [.failed, .failed, .errored, .timedOut])
    #expect(results.map(\.severity) == [.block, .warn, .block, .block])
    let slow = "took longer than its timeout of 0.02 s; the check's 'timeout:' allows it more"
    #expect(results.map(\.message) == ["2 values", "not so bad", "Broken: database is down", slow])
    #expect(results[0].metadata == ["values": .items(["1", "2"])])
    #expect(results[1].metadata == ["seen": 1])
  }

  @Test func `repeats a check that throws, and never one that fails`() async throws {
    let thrown = Mutex(0)
    let failed = Mutex(0)
    let location = try load {
      Asset("weather/a") { _ in 1 }
        .check("throws twice", retry: Self.quick) { _, _ in
          if thrown.withLock({
            $0 += 1
            return $0
          }) < 3 {
            throw Broken()
          }
          return .pass
        }
        .check("fails", retry: Self.quick) { _, _ in
          failed.withLock { $0 += 1 }
          return .fail("no")
        }
    }
    let reports = try await location.materialize("weather/a")
    let results = try #require(reports.checked("weather/a"))
    #expect(results.map(\.outcome) == [.passed, .failed])
    // What it threw before it passed is not lost.
    #expect(
      reports.lines == (1...2).map { "check 'throws twice', attempt \($0): Broken: broken; it is tried again" })
    #expect(thrown.withLock { $0 } == 3)
    #expect(failed.withLock { $0 } == 1)
  }

  @Test func `evaluates only the granted checks, and leaves out those that it does not know`() async throws {
    let location = try load {
      Asset("weather/a") { _ in 1 }
        .check("one", version: "2") { _, _ in .pass }
        .check("two") { _, _ in .pass }
    }
    let granted = [CheckIdentity(name: "one", version: "1"), CheckIdentity(name: "two"), CheckIdentity(name: "three")]
    let reports = try await location.materialize("weather/a", checks: granted)
    #expect(reports.checked("weather/a")?.map(\.check) == [CheckIdentity(name: "two")])
  }

  @Test func `errs every check when the version cannot be read back`() async throws {
    struct Fickle: Codable, Sendable {
      init() {}
      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("text")
      }
      init(from decoder: any Decoder) throws { _ = try decoder.singleValueContainer().decode(Int.self) }
    }
    let location = try load {
      Asset("weather/a") { _ in Fickle() }.check("one") { _, _ in .pass }.check("two") { _, _ in .pass }
    }
    let reports = try await location.materialize("weather/a")
    #expect(reports.end == .completed)
    #expect(reports.checked("weather/a")?.map(\.outcome) == [.errored, .errored])
    #expect(reports.checked("weather/a")?.first?.message?.hasPrefix("the staged version cannot be read back: memory:") == true)
  }

  @Test func `evaluates checks on an existing version without running the closure`() async throws {
    let storage = InMemoryIOManager()
    let id = try version(1, of: "weather/a", partition: .only)
    let staged = try await storage.stage(5, as: id)
    let asset = Asset<Int>("weather/a") { _ in throw Broken("must not run") }.check("positive") { value, _ in
      value > 0 ? .pass : .fail("negative")
    }
    let location = try load(storage: storage) { asset }
    let reports = Reports()
    let work = Grant.Work.check([
      GrantedCheck(
        target: PinnedVersion(version: id, locator: staged.locator), checks: [CheckIdentity(name: "positive")])
    ])
    await location.runner.run(grant("weather/a", work), reportingTo: reports)
    #expect(reports.kinds == ["started", "checked weather/a", "finished"])
    #expect(reports.checked("weather/a")?.map(\.outcome) == [.passed])
  }
}
