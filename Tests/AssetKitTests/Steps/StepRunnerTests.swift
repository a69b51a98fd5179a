// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Synchronization
import Testing

@Suite struct `Running a step` {
  @Test func `reports started, staged, checked and finished in this order`() async throws {
    let location = try load {
      Assets(
        "weather/both",
        yielding: Output<[Int]>("weather/a").check("full") { values, _ in values.isEmpty ? .fail("empty") : .pass },
        Output<String>("weather/b")
      ) { step in
        step.log.info("working")
        return ([1, 2], "b")
      }
    }
    let reports = try await location.materialize("weather/both")
    #expect(reports.kinds == ["started", "staged weather/a weather/b", "checked weather/a", "finished"])
    #expect(reports.end == .completed)
    #expect(reports.checked("weather/a")?.map(\.outcome) == [.passed])
    // Nothing was to be evaluated on it.
    #expect(reports.checked("weather/b") == nil)
    #expect(reports.lines == ["working"])
    #expect(reports.staged.map(\.metadata) == [["rows": 2], [:]])
  }

  @Test func `hands over inputs in the order of the dependencies, pinned versions only`() async throws {
    let storage = InMemoryIOManager()
    let first = try await storage.stage([Reading(origin: "JFK", hour: 1)], as: version(1, of: "a/x", partition: "2013-01-01"))
    let one = try await storage.stage(10, as: version(1, of: "b/y", partition: "one"))
    let two = try await storage.stage(20, as: version(1, of: "b/y", partition: "two"))
    let location = try load(storage: storage) {
      Asset(
        "weather/sum", from: Upstream<[Reading]>("a/x", partitions: .daily(from: "2013-01-01", in: "UTC")),
        Upstream<Int>("b/y", partitions: .keys("one", "two")).all
      ) { readings, numbers, step in
        var text = "\(readings[0].origin) \(try step.date) \(step.inputs.count)"
        for try await (partition, number) in numbers { text += " \(partition)=\(number)" }
        return text
      }
    }
    let reports = try await location.materialize(
      "weather/sum", partition: "2013-01-01",
      inputs: [
        try pinned("a/x", [("2013-01-01", first)]), try pinned("b/y", [("one", one), ("two", two)]),
      ])
    let staged = try #require(reports.staged.first)
    #expect(try await storage.load(String.self, from: staged.locator) == "JFK 2013-01-01 2 one=10 two=20")
  }

  @Test func `reads one asset both as a whole and by partition`() async throws {
    let storage = InMemoryIOManager()
    let a = try await storage.stage(1, as: version(1, of: "x/y", partition: "a"))
    let b = try await storage.stage(2, as: version(1, of: "x/y", partition: "b"))
    let upstream = Upstream<Int>("x/y", partitions: .keys("a", "b"))
    let location = try load(storage: storage) {
      Asset("weather/share", from: upstream.all, upstream) { all, own, _ in
        var total = 0
        for try await (_, value) in all { total += value }
        return [own, total]
      }
    }
    let reports = try await location.materialize(
      "weather/share", partition: "b",
      inputs: [try pinned("x/y", [("a", a), ("b", b)]), try pinned("x/y", [("b", b)])])
    #expect(try await storage.load([Int].self, from: #require(reports.staged.first).locator) == [2, 3])
  }

  @Test func `loads a partition only when the iteration reaches it`() async throws {
    let storage = InMemoryIOManager()
    let there = try await storage.stage(1, as: version(1, of: "x/y", partition: "a"))
    let gone = StagedVersion(locator: Locator(scheme: "memory", uri: "memory:gone", format: "json/1"))
    let location = try load(storage: storage) {
      Asset("weather/first", from: Upstream<Int>("x/y", partitions: .keys("a", "b")).all) { all, _ in
        for try await (_, value) in all { return value }
        return 0
      }
      Asset("weather/every", from: Upstream<Int>("x/y", partitions: .keys("a", "b")).all) { all, _ in
        var total = 0
        for try await (_, value) in all { total += value }
        return total
      }
    }
    let inputs = [try pinned("x/y", [("a", there), ("b", gone)])]
    #expect(try await location.materialize("weather/first", inputs: inputs).end == .completed)
    let failure = try #require(try await location.materialize("weather/every", inputs: inputs).failure)
    #expect(failure.kind == .input)
    #expect(failure.message == "x/y[b] v1: memory:gone: this process stores no such version")
  }

  @Test func `turns what the closure throws into a failure that is retried, unless it says otherwise`() async throws {
    let location = try load {
      Asset<Int>("weather/a") { _ in throw Broken("no such station") }
      Asset<Int>("weather/b") { _ in throw NotRetryable("never") }
      Asset<Int>("weather/c") { _ in throw Broken(String(repeating: "long ", count: 10_000)) }
    }
    #expect(
      try await location.materialize("weather/a").end
        == .failed(StepFailure(kind: .threw, message: "Broken: no such station", isRetryable: true)))
    #expect(
      try await location.materialize("weather/b").end
        == .failed(StepFailure(kind: .threw, message: "never", isRetryable: false)))
    let long = try #require(try await location.materialize("weather/c").failure).message
    #expect(long.utf8.count == Limits.messageLength)
    #expect(long.hasSuffix("… (cut)"))
  }

  @Test func `refuses grants that it does not understand, and runs no closure`() async throws {
    let location = try load {
      Asset("weather/a", partitions: .keys("x")) { _ in 1 }
      Asset("weather/b", from: Upstream<Int>("c/d")) { value, _ in value }
    }
    let reports = Reports()
    await location.runner.run(grant("weather/gone", .materialize(inputs: [], outputs: [])), reportingTo: reports)
    #expect(reports.kinds == ["started", "finished"])
    #expect(reports.failure?.kind == .undefined)
    #expect(try await location.materialize("weather/a", partition: "y").failure?.message == "'weather/a' has no partition 'y'")
    let unbound = try #require(try await location.materialize("weather/b").failure)
    #expect(unbound == StepFailure(kind: .input, message: "c/d: the grant names no version of it", isRetryable: false))
  }

  @Test func `says which loader is missing`() async throws {
    let location = try load {
      Asset("weather/b", from: Upstream<Int>("c/d")) { value, _ in value }
    }
    let parquet = StagedVersion(locator: Locator(scheme: "file", uri: "file:///x", format: "parquet/1"))
    let failure = try #require(try await location.materialize("weather/b", inputs: [pinned("c/d", [(.only, parquet)])]).failure)
    #expect(failure.kind == .input)
    #expect(
      failure.message.contains("no loader for scheme 'file' and format 'parquet/1' (known formats: csv/1, json/1, jsonl/1)"))
    #expect(!failure.isRetryable)
  }

  @Test func `passes metadata on, for all outputs or for one`() async throws {
    let a = Output<Int>("weather/a")
    let location = try load {
      Assets("weather/both", yielding: a, Output<Elsewhere>("weather/b")) { step in
        step.metadata["source"] = "ghcn"
        step.metadata["size", of: a] = 3
        return (1, Elsewhere(at: "postgres://db/t", metadata: ["inserted": 12]))
      }
      Asset("weather/many") { step in
        for index in 0..<150 { step.metadata["key\(index)"] = .text(String(repeating: "x", count: 100_000)) }
        return 1
      }
    }
    let both = try await location.materialize("weather/both")
    #expect(both.staged.map(\.metadata) == [["source": "ghcn", "size": 3], ["source": "ghcn", "inserted": 12]])
    let many = try await location.materialize("weather/many")
    let kept = try #require(many.staged.first).metadata
    #expect(kept.count == Limits.metadataEntries)
    #expect(kept.values.allSatisfy { $0.description.utf8.count == Limits.metadataValueLength })
    #expect(many.lines == ["weather/many: 50 metadata values over the limit of 100 are left out"])
  }

  @Test func `delivers logged lines in order, however many, and counts what it drops`() async throws {
    let location = try load {
      Asset("weather/chatty") { step in
        for index in 0..<3_000 { step.log.debug("line \(index)") }
        return 1
      }
    }
    let reports = try await location.materialize("weather/chatty")
    let dropped = reports.all.reduce(0) { count, report in
      if case .logged(_, _, let dropped) = report { count + dropped } else { count }
    }
    let numbers = reports.lines.compactMap { Int($0.dropFirst("line ".count)) }
    #expect(numbers == numbers.sorted())
    #expect(numbers.count + dropped == 3_000)
    // What it said last says how it ended.
    #expect(numbers.first == 0 && numbers.last == 2_999)
    #expect(reports.end == .completed)
  }

  @Test func `gives resources by type, made once, and configuration`() async throws {
    let made = Mutex(0)
    let location = try LoadedLocation(
      name: "weather",
      definitions: Definitions {
        Asset("weather/a") { step in
          let text = try await step.resource(String.self)
          return "\(text) \(try step.configuration.secret("PASSWORD").reveal())"
        }
        Asset("weather/b") { step in try await step.resource([Int].self) }
        Resource(String.self) { configuration in
          made.withLock { $0 += 1 }
          return try configuration.value("URL")
        }
      }, configuration: Configuration(["URL": "db://x", "PASSWORD": "hunter2"]), storage: InMemoryIOManager())
    #expect(try await location.materialize("weather/a", number: 1).end == .completed)
    #expect(try await location.materialize("weather/a", number: 2).end == .completed)
    #expect(made.withLock { $0 } == 1)
    #expect(try await location.materialize("weather/b").failure?.message.contains("no resource of type Array<Int>") == true)
  }

  @Test func `settles what it staged, by the asset's own storage`() async throws {
    let storage = InMemoryIOManager()
    let asset = Asset("weather/a") { _ in 7 }
    let location = try load(storage: storage) { asset }
    let staged = try #require(try await location.materialize("weather/a").staged.first)
    let id = try version(1, of: "weather/a", partition: .only)
    #expect(try await location.runner.unsettled() == [id])
    #expect(try await storage.current(asset) == nil)
    try await location.runner.settle(Settlement(version: id, decision: .promote, locator: staged.locator))
    #expect(try await storage.current(asset) == 7)
    #expect(try await location.runner.unsettled() == [])
    await #expect(throws: StorageError.self) {
      try await location.runner.settle(Settlement(version: id, decision: .promote, locator: nil))
    }
  }

  @Test func `settles versions of an asset that is no longer defined`() async throws {
    let storage = InMemoryIOManager()
    let id = try version(1, of: "weather/gone", partition: .only)
    let staged = try await storage.stage(1, as: id)
    let location = try load(storage: storage) { Asset("weather/a") { _ in 7 } }
    try await location.runner.settle(Settlement(version: id, decision: .discard, locator: staged.locator))
    #expect(try await storage.unsettled(of: [id.asset]) == [])
  }
}
