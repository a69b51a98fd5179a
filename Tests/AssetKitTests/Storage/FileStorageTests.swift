// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Synchronization
import Testing

@Suite struct `File storage` {
  private let directory: TemporaryDirectory
  private let storage: FileIOManager
  private let place = "weather.hourly/partition=2013-11-03"

  init() throws {
    directory = try TemporaryDirectory()
    storage = FileIOManager(root: directory.path, retention: Retention(promoted: 2, rejected: 1, grace: .zero))
  }

  private func stage(_ number: VersionNumber, partition: PartitionKey = "2013-11-03") async throws -> (VersionID, Locator) {
    let id = try version(number, partition: partition)
    return (id, try await storage.stage([Reading(origin: "JFK", hour: Int(number))], as: id).locator)
  }

  @Test func `lays versions out so that people and programs find the current one`() async throws {
    let (one, onePlace) = try await stage(1)
    try await storage.promote(one, at: onePlace)
    #expect(try directory.names(place) == ["current", "v000001-8f3a12bc"])
    #expect(try directory.names("\(place)/current") == ["data.jsonl", "promoted", "version.json"])
    #expect(try directory.text("\(place)/current/data.jsonl") == "{\"hour\":1,\"origin\":\"JFK\"}\n")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(directory.path)/\(place)/current") == "v000001-8f3a12bc")
    #expect(onePlace.uri == URL(fileURLWithPath: "\(directory.path)/\(place)/v000001-8f3a12bc/data.jsonl").absoluteString)
    #expect(onePlace.size == 26)
    #expect(onePlace.contentHash?.hasPrefix("sha256:") == true)
    #expect(try await storage.current(of: one.asset, partition: one.partition) == onePlace)
  }

  @Test func `puts an unpartitioned asset right below its key`() async throws {
    let id = try version(1, of: "fleet/planes", partition: .only)
    let staged = try await storage.stage("text", as: id)
    try await storage.promote(id, at: staged.locator)
    #expect(try directory.text("fleet.planes/current/data.json") == "\"text\"")
  }

  @Test func `protects a version's data from being written`() async throws {
    let (_, locator) = try await stage(1)
    let path = try #require(URL(string: locator.uri)).path
    let permissions = try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    #expect(permissions == 0o444)
  }

  @Test func `keeps rejected versions aside with the checks that condemned them`() async throws {
    for number in 1...2 {
      let (id, locator) = try await stage(VersionNumber(number))
      let evaluation = CheckEvaluation(
        check: CheckIdentity(name: "one row per hour"), severity: .block, outcome: .failed, message: "3 hours appear twice",
        metadata: ["hours": .list([1, 2])])
      try await storage.record([evaluation], for: id, at: locator)
      try await storage.reject(id, at: locator)
    }
    #expect(try directory.names("\(place)/rejected") == ["v000002-8f3a12bc"])
    #expect(try directory.names("\(place)/rejected/v000002-8f3a12bc") == ["checks.json", "data.jsonl", "version.json"])
    #expect(try directory.text("\(place)/rejected/v000002-8f3a12bc/checks.json").contains("3 hours appear twice"))
    #expect(!directory.exists("\(place)/current"))
  }

  @Test func `adds later evaluations of a version to the earlier ones`() async throws {
    let (id, locator) = try await stage(1)
    let first = CheckEvaluation(check: CheckIdentity(name: "a"), severity: .block, outcome: .errored)
    let second = CheckEvaluation(check: CheckIdentity(name: "b"), severity: .block, outcome: .passed)
    let again = CheckEvaluation(check: CheckIdentity(name: "a"), severity: .block, outcome: .passed)
    for evaluations in [[first], [second, again]] { try await storage.record(evaluations, for: id, at: locator) }
    let data = Data(try directory.text("\(place)/v000001-8f3a12bc/checks.json").utf8)
    #expect(try JSONDecoder().decode([CheckEvaluation].self, from: data) == [again, second])
  }

  @Test func `finds and discards what a crash left behind, at whatever instant`() async throws {
    let (id, _) = try await stage(1)
    let folder = "\(directory.path)/\(place)/v000001-8f3a12bc"
    let marker = try #require(try directory.names("weather.hourly/unsettled").first)
    #expect(marker == "v000001-8f3a12bc-2013-11-03")

    // Before the folder was renamed into place.
    try FileManager.default.moveItem(atPath: folder, toPath: "\(directory.path)/\(place)/staging-v000001-8f3a12bc")
    #expect(try await storage.unsettled(of: [id.asset]) == [id])
    // Half of the data written.
    try FileManager.default.removeItem(atPath: "\(directory.path)/\(place)/staging-v000001-8f3a12bc/version.json")
    #expect(try await storage.unsettled(of: [id.asset]) == [id])
    // A later attempt is not disturbed by it.
    let (two, twoPlace) = try await stage(2)
    try await storage.promote(two, at: twoPlace)
    try await storage.discard(id, at: nil)
    #expect(try await storage.unsettled(of: [id.asset]) == [])
    #expect(try directory.names(place) == ["current", "v000002-8f3a12bc"])
    // Something that is no marker.
    try "".write(toFile: "\(directory.path)/weather.hourly/unsettled/\(marker)", atomically: false, encoding: .utf8)
    #expect(try await storage.unsettled(of: [id.asset]) == [])
  }

  @Test func `completes a promotion that was cut short`() async throws {
    let (one, onePlace) = try await stage(1)
    try await storage.promote(one, at: onePlace)
    let (two, twoPlace) = try await stage(2)
    // Promoted, but neither `current` moved nor the marker gone; a stale temporary link lies there too.
    try "".write(toFile: "\(directory.path)/\(place)/v000002-8f3a12bc/promoted", atomically: false, encoding: .utf8)
    try FileManager.default.createSymbolicLink(
      atPath: "\(directory.path)/\(place)/current.v000002-8f3a12bc.new", withDestinationPath: "nowhere")
    try await storage.promote(two, at: twoPlace)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(directory.path)/\(place)/current") == "v000002-8f3a12bc")
    #expect(try await storage.unsettled(of: [two.asset]) == [])
    #expect(try directory.names(place) == ["current", "v000001-8f3a12bc", "v000002-8f3a12bc"])
  }

  @Test func `refuses to promote what is not there`() async throws {
    let (id, locator) = try await stage(1)
    try FileManager.default.removeItem(atPath: "\(directory.path)/\(place)/v000001-8f3a12bc")
    let error = await #expect(throws: StorageError.self) { try await storage.promote(id, at: locator) }
    #expect(error?.description.hasSuffix("v000001-8f3a12bc is not there") == true)
  }

  @Test func `settles only files of the version that is named`() async throws {
    let (_, locator) = try await stage(1)
    let error = await #expect(throws: StorageError.self) { try await storage.promote(version(2), at: locator) }
    #expect(error?.description.contains("is no file of weather/hourly[2013-11-03] v2") == true)
    let outside = Locator(scheme: "file", uri: "file:///etc/passwd", format: "jsonl/1")
    await #expect(throws: StorageError.self) { try await storage.reject(version(1), at: outside) }
    #expect(directory.exists("\(place)/v000001-8f3a12bc"))
  }

  @Test func `settles a version where it was staged, even when the root has moved on`() async throws {
    let (id, locator) = try await stage(1)
    let moved = Configuration(["SLUICE_FORMER_STORAGE": "/nowhere:\(directory.path)"])
    let elsewhere = try FileIOManager(root: "\(directory.path)/other").configured(by: moved)
    try await elsewhere.promote(id, at: locator)
    #expect(directory.exists("\(place)/current"))
    #expect(try await storage.unsettled(of: [id.asset]) == [])
  }

  @Test(arguments: [[:], ["SLUICE_READ_ROOTS": "/tmp:/"]])
  func `settles nothing outside of its own storage, whatever a locator says`(_ settings: [String: String]) async throws {
    let (id, locator) = try await stage(1)
    let other = try FileIOManager(root: "\(directory.path)/other").configured(by: Configuration(settings))
    let evaluation = CheckEvaluation(
      check: CheckIdentity(name: "c"), severity: .block, outcome: .failed, message: nil, metadata: [:])
    let attempts: [@Sendable () async throws -> Void] = [
      { try await other.promote(id, at: locator) }, { try await other.reject(id, at: locator) },
      { try await other.discard(id, at: locator) }, { try await other.record([evaluation], for: id, at: locator) },
    ]
    for attempt in attempts {
      let error = await #expect(throws: StorageError.self) { try await attempt() }
      #expect(error?.description.contains("SLUICE_FORMER_STORAGE") == true)
    }
    #expect(try directory.names(place) == ["v000001-8f3a12bc"])
    #expect(try directory.names("\(place)/v000001-8f3a12bc") == ["data.jsonl", "version.json"])
    #expect(try await storage.unsettled(of: [id.asset]) == [id])
  }

  @Test func `settles through a link to its storage, and below no other one`() async throws {
    let (id, locator) = try await stage(1)
    let link = "\(directory.path)-link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory.path)
    defer { try? FileManager.default.removeItem(atPath: link) }
    // What was staged under the link's target is settled by who names the link.
    try await FileIOManager(root: link).promote(id, at: locator)
    #expect(directory.exists("\(place)/current"))
    let (next, _) = try await stage(2)
    let odd = Locator(scheme: "file", uri: "file://\(link)/\(place)/v000002-8f3a12bc/data.jsonl", format: "jsonl/1")
    await #expect(throws: StorageError.self) { try await storage.promote(next, at: odd) }
  }

  @Test func `keeps a replaced version for a while, since runs may be bound to it`() async throws {
    let patient = FileIOManager(root: directory.path, retention: Retention(promoted: 1, rejected: 0, grace: .seconds(3_600)))
    for number in 1...3 {
      let (id, locator) = try await stage(VersionNumber(number))
      try await patient.promote(id, at: locator)
    }
    #expect(try directory.names(place).count == 4)
    let hasty = FileIOManager(root: directory.path, retention: Retention(promoted: 1, rejected: 0, grace: .zero))
    let (id, locator) = try await stage(4)
    try await hasty.promote(id, at: locator)
    #expect(try directory.names(place) == ["current", "v000004-8f3a12bc"])
  }

  @Test func `looks for versions past their grace once in a while, and not at each promotion`() async throws {
    let clock = Mutex(Timestamp(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000))
    let storage = FileIOManager(
      root: directory.path, format: .jsonLines, retention: Retention(promoted: 1, rejected: 0, grace: .seconds(3_200)),
      now: { clock.withLock { $0 } })
    // How many versions there are after a promotion some seconds later.
    func promote(_ number: VersionNumber, after seconds: Int64) async throws -> Int {
      clock.withLock { $0 = $0 + .seconds(seconds) }
      let (id, locator) = try await stage(number)
      try await storage.promote(id, at: locator)
      return try directory.names(place).count - 1
    }
    #expect(try await promote(1, after: 0) == 1)
    // Looked for after 100 s, and nothing is past its grace.
    #expect(try await promote(2, after: 10) == 2)
    #expect(try await promote(3, after: 90) == 3)
    // Marks are as old as the file system says, and so all past it.
    #expect(try await promote(4, after: 4_000) == 1)
    #expect(try await promote(5, after: 10) == 2)
    #expect(try await promote(6, after: 80) == 3)
    #expect(try await promote(7, after: 10) == 1)
  }

  @Test func `a wall clock that is ahead ends the grace of no version`() async throws {
    let wall = Mutex(Timestamp(Date()))
    let right = Timestamp(Date())
    let storage = FileIOManager(
      root: directory.path, format: .jsonLines, retention: Retention(promoted: 1, rejected: 0, grace: .seconds(3_600)),
      now: { wall.withLock { $0 } }, sweepTime: { right })
    for number in 1...3 {
      wall.withLock { $0 = $0 + .seconds(7_200) }
      let (id, locator) = try await stage(VersionNumber(number))
      try await storage.promote(id, at: locator)
    }
    #expect(try directory.names(place).count - 1 == 3)
  }

  @Test func `takes any partition key and any key length`() async throws {
    let long = String(repeating: "x", count: 250)
    for (number, partition) in ["2013-11-03T01:00-04:00", "a b%c", "current", long].enumerated() {
      let (id, locator) = try await stage(VersionNumber(number + 1), partition: PartitionKey(partition))
      try await storage.promote(id, at: locator)
      #expect(try await storage.load([Reading].self, from: locator).count == 1)
      #expect(try await storage.unsettled(of: [id.asset]) == [])
    }
    #expect(directory.exists("weather.hourly/partition=2013-11-03T01:00-04:00/current"))
    #expect(directory.exists("weather.hourly/partition=a%20b%25c/current"))
    #expect(directory.exists("weather.hourly/partition=current/current"))
    let key = (["a"] + Array(repeating: String(repeating: "y", count: 120), count: 2)).joined(separator: "/")
    let id = try version(1, of: key, partition: .only)
    let staged = try await storage.stage(1, as: id)
    try await storage.promote(id, at: staged.locator)
    #expect(try await storage.load(Int.self, from: staged.locator) == 1)
  }

  @Test func `names file, line and field where a row cannot be decoded`() async throws {
    struct Other: Codable, Sendable {
      let origin: String
      let windSpeed: Double
    }
    let (_, locator) = try await stage(1)
    let path = try #require(URL(string: locator.uri)).path
    let error = await #expect(throws: InputError.self) {
      try await FileLoader(roots: [directory.path]).load([Other].self, from: locator)
    }
    #expect(error?.description == "\(path):1: field 'windSpeed' is missing")
    #expect(error?.isRetryable == false)
  }

  @Test func `notices a file that was changed`() async throws {
    let (_, locator) = try await stage(1)
    let path = try #require(URL(string: locator.uri)).path
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    try "{}".write(toFile: path, atomically: false, encoding: .utf8)
    let error = await #expect(throws: InputError.self) {
      try await FileLoader(roots: [directory.path]).load([Reading].self, from: locator)
    }
    #expect(error?.description == "\(path): has 2 bytes, and the version has 26: the file was changed")
  }

  @Test func `shows the latest version, whoever settles at the same time`() async throws {
    let storages = [storage, FileIOManager(root: directory.path, retention: Retention(promoted: 3, rejected: 3, grace: .zero))]
    var staged: [(VersionID, Locator)] = []
    for number in 1...24 { staged.append(try await stage(VersionNumber(number))) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, (id, locator)) in (staged + staged).shuffled().enumerated() {
        let storage = storages[index % 2]
        group.addTask {
          if id.number % 5 == 0 {
            try await storage.reject(id, at: locator)
          } else {
            try await storage.promote(id, at: locator)
          }
        }
      }
      try await group.waitForAll()
    }
    let current = try #require(try await storage.current(of: staged[0].0.asset, partition: "2013-11-03"))
    #expect(try await storage.load([Reading].self, from: current).first?.hour == 24)
    #expect(try await storage.unsettled(of: [staged[0].0.asset]) == [])
  }

  @Test func `brings nothing into place that was discarded while it was staged`() async throws {
    let id = try version(1)
    let error = await #expect(throws: StorageError.self) {
      try await storage.stage(Rows(discarding: id, in: storage), as: id)
    }
    #expect(error?.description == "\(id) was discarded while it was staged")
    #expect(try directory.names(place) == [])
    #expect(try await storage.unsettled(of: [id.asset]) == [])
  }

  @Test func `is read by another location that names no storage of that kind`() async throws {
    let csv = FileIOManager(root: directory.path, format: .csv)
    let staged = try await csv.stage([Reading(origin: "JFK", hour: 4)], as: version(1))
    let location = try load("insights", settings: ["SLUICE_READ_ROOTS": directory.path]) {
      Asset("insights/hours", from: Upstream<Rows<Reading>>("weather/hourly", partitions: .keys("2013-11-03"))) { rows, _ in
        try await rows.reduce(0) { $0 + $1.hour }
      }
    }
    let reports = try await location.materialize(
      "insights/hours", partition: "2013-11-03", inputs: [try pinned("weather/hourly", [("2013-11-03", staged)])])
    #expect(reports.end == .completed)
    #expect(reports.staged.first?.locator.scheme == "memory")
  }

  @Test func `takes its root from the configuration`() throws {
    let configured = try FileIOManager().configured(by: Configuration(["SLUICE_STORAGE": directory.path]))
    #expect(configured.output(for: [Int].self) == OutputSpec(scheme: "file", format: "jsonl/1"))
    #expect(throws: ConfigurationError.self) {
      try FileIOManager().configured(by: Configuration(["SLUICE_STORAGE_FILE": "\(directory.path)/none"]))
    }
  }
}
