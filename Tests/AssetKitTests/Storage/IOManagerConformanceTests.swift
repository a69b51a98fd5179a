// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Testing

/// Where an IO manager under test keeps its versions.
enum StorageUnderTest: String, CaseIterable, Sendable {
  case memory, jsonLines, csv

  func make(in directory: TemporaryDirectory, retention: Retention = Retention(promoted: 2, rejected: 1, grace: .zero))
    -> any IOManager
  {
    switch self {
    case .memory: InMemoryIOManager(retention: retention)
    case .jsonLines: FileIOManager(root: directory.path, retention: retention)
    case .csv: FileIOManager(root: directory.path, format: .csv, retention: retention)
    }
  }
}

/// What every IO manager must do.
@Suite struct `An IO manager` {
  private static let rows = [Reading(origin: "JFK", hour: 1, gust: 2.5), Reading(origin: "a,\"b\"\nc", hour: 2)]
  private let directory: TemporaryDirectory
  private let asset = Asset<[Reading]>("weather/hourly", partitions: .keys("2013-11-03")) { _ in [] }

  init() throws { directory = try TemporaryDirectory() }

  private func current(_ storage: any IOManager) async throws -> Int? {
    try await storage.current(asset, partition: "2013-11-03")?.first?.hour
  }

  private func stage(_ number: VersionNumber, incarnation: UInt32 = 1, in storage: any IOManager) async throws -> (
    VersionID, Locator
  ) {
    let id = try version(number, incarnation: incarnation)
    return (id, try await storage.stage([Reading(origin: "JFK", hour: Int(number))], as: id).locator)
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `gives back rows and documents as they were, to any type with the same fields`(_ kind: StorageUnderTest) async throws {
    struct Narrow: Codable, Sendable, Equatable { let hour: Int }
    let storage = kind.make(in: directory)
    let staged = try await storage.stage(Self.rows, as: version(1))
    #expect(staged.metadata == ["rows": 2])
    #expect(staged.locator.format == storage.output(for: [Reading].self).format)
    #expect(try await storage.load([Reading].self, from: staged.locator) == Self.rows)
    #expect(try await storage.load(Rows<Reading>.self, from: staged.locator).collected() == Self.rows)
    #expect(try await storage.load([Narrow].self, from: staged.locator) == [Narrow(hour: 1), Narrow(hour: 2)])
    let document = try await storage.stage(Self.rows[1], as: version(2))
    #expect(document.locator.format == "json/1")
    #expect(try await storage.load(Reading.self, from: document.locator) == Self.rows[1])
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `keeps a staged version from readers until it is promoted`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: directory)
    let (id, locator) = try await stage(1, in: storage)
    #expect(try await current(storage) == nil)
    #expect(try await storage.unsettled(of: [id.asset]) == [id])
    try await storage.promote(id, at: locator)
    #expect(try await current(storage) == 1)
    #expect(try await storage.unsettled(of: [id.asset]) == [])
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `never shows a rejected version`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: directory)
    let (good, goodPlace) = try await stage(1, in: storage)
    try await storage.promote(good, at: goodPlace)
    let (bad, badPlace) = try await stage(2, in: storage)
    try await storage.reject(bad, at: badPlace)
    #expect(try await current(storage) == 1)
    await #expect(throws: (any Error).self) { try await storage.stage(Self.rows, as: bad) }
    #expect(try await storage.unsettled(of: [good.asset]) == [])
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `settles the same however often and in whatever order settlements come`(_ kind: StorageUnderTest) async throws {
    let orders = [[1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3], [3, 1, 4, 2]]
    for (incarnation, order) in orders.enumerated() {
      let storage = kind.make(in: try TemporaryDirectory())
      var staged: [(VersionID, Locator)] = []
      for number in 1...4 { staged.append(try await stage(VersionNumber(number), incarnation: UInt32(incarnation), in: storage)) }
      for number in order + order.reversed() + order {
        let (id, locator) = staged[number - 1]
        switch number {
        case 2: try await storage.reject(id, at: locator)
        case 4: try await storage.discard(id, at: locator)
        default: try await storage.promote(id, at: locator)
        }
      }
      #expect(try await current(storage) == 3)
      #expect(try await storage.unsettled(of: [staged[0].0.asset]) == [])
    }
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `never moves current back`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: directory)
    let (one, onePlace) = try await stage(1, in: storage)
    let (two, twoPlace) = try await stage(2, in: storage)
    try await storage.promote(two, at: twoPlace)
    try await storage.promote(one, at: onePlace)
    #expect(try await current(storage) == 2)
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `lets a restored store go on with lower numbers, and ignores the settlements of its past`(
    _ kind: StorageUnderTest
  ) async throws {
    let storage = kind.make(in: directory, retention: Retention(promoted: 9, rejected: 9, grace: .zero))
    let (five, fivePlace) = try await stage(5, incarnation: 0xffff_ffff, in: storage)
    let (nine, ninePlace) = try await stage(9, incarnation: 0xffff_ffff, in: storage)
    try await storage.promote(nine, at: ninePlace)
    let (six, sixPlace) = try await stage(6, incarnation: 1, in: storage)
    try await storage.promote(six, at: sixPlace)
    #expect(try await current(storage) == 6)
    try await storage.promote(five, at: fivePlace)
    try await storage.promote(nine, at: ninePlace)
    #expect(try await current(storage) == 6)
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `discards what is staged, and refuses to discard what is current`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: directory)
    let (one, onePlace) = try await stage(1, in: storage)
    try await storage.promote(one, at: onePlace)
    let (two, twoPlace) = try await stage(2, in: storage)
    try await storage.discard(two, at: twoPlace)
    try await storage.discard(two, at: nil)
    await #expect(throws: InputError.self) { try await storage.load([Reading].self, from: twoPlace) }
    await #expect(throws: StorageError.self) { try await storage.discard(one, at: onePlace) }
    try await storage.discard(version(99), at: nil)
    #expect(try await current(storage) == 1)
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `lists what is left of a version that was discarded while it was staged`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: directory)
    let id = try version(1)
    let staged = try? await storage.stage(Rows(discarding: id, in: storage), as: id)
    #expect(try await storage.unsettled(of: [id.asset]) == (staged == nil ? [] : [id]))
    try await storage.discard(id, at: staged?.locator)
    #expect(try await storage.unsettled(of: [id.asset]) == [])
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `stages nothing for a step that was cancelled`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: directory)
    let id = try version(1)
    let staging = Task {
      // The discard of a cancelled version may have come and gone before staging begins.
      withUnsafeCurrentTask { $0?.cancel() }
      return try await storage.stage(Self.rows, as: id)
    }
    await #expect(throws: CancellationError.self) { try await staging.value }
    #expect(try await storage.unsettled(of: [id.asset]) == [])
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `keeps the last promoted versions, and always the current one`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: directory)
    var places: [Locator] = []
    for number in 1...4 {
      let (id, locator) = try await stage(VersionNumber(number), in: storage)
      try await storage.promote(id, at: locator)
      places.append(locator)
    }
    #expect(try await current(storage) == 4)
    #expect(try await storage.load([Reading].self, from: places[2]).first?.hour == 3)
    await #expect(throws: InputError.self) { try await storage.load([Reading].self, from: places[1]) }
    try await storage.promote(version(2, incarnation: 1), at: places[1])
    #expect(try await current(storage) == 4)
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `replaces what is staged when it is staged again`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: directory)
    _ = try await stage(1, in: storage)
    let again = try await storage.stage(Self.rows, as: version(1, incarnation: 1))
    #expect(try await storage.load([Reading].self, from: again.locator) == Self.rows)
  }

  @Test(arguments: StorageUnderTest.allCases)
  func `forgets a version whose rows could not be written to the end`(_ kind: StorageUnderTest) async throws {
    let storage = kind.make(in: directory)
    let id = try version(1)
    let rows = Rows<Reading> {
      var count = 0
      return {
        count += 1
        if count > 3 { throw Broken("the source broke off") }
        return Reading(origin: "JFK", hour: count)
      }
    }
    await #expect(throws: Broken.self) { try await storage.stage(rows, as: id) }
    #expect(try await storage.unsettled(of: [id.asset]) == [])
    #expect(try await current(storage) == nil)
  }
}
