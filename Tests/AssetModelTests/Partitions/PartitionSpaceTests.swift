// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Testing

@Suite struct PartitionSpaceTests {
  private let now = Timestamp(seconds: 1_700_000_000)
  private let year: PartitionSpace
  private let regions: PartitionSpace

  init() throws {
    year = .daily(try DailyWindows(first: day("2013-01-01"), last: day("2013-12-31"), zone: Zone("America/New_York")))
    regions = .keys(try StaticKeys(["north", "east", "south"]))
  }

  @Test("An unpartitioned asset has one partition, whose key is empty")
  func single() {
    let space = PartitionSpace.single
    #expect(space.count(at: now) == 1)
    #expect(space.key(at: 0) == .only)
    #expect(space.index(of: .only) == 0)
    #expect(space.index(of: "x") == nil)
    #expect(space.latest(at: now) == 0)
    #expect(space.window(at: 0) == nil)
    #expect(!space.isPartitioned && year.isPartitioned)
  }

  @Test("The latest of static keys is the last one")
  func latestKey() {
    #expect(regions.latest(at: now) == 2)
    #expect(regions.window(at: 0) == nil)
  }

  @Test("Ranges include both ends, and lists, single keys and 'latest' mix with them")
  func parses() throws {
    #expect(try year.parse("2013-01-02..2013-01-04", at: now) == PartitionSet(1..<4))
    #expect(try year.parse("2013-01-01,2013-01-03..2013-01-04,latest", at: now) == [0, 2, 3, 364])
    #expect(try regions.parse("north..east", at: now) == [0, 1])
    #expect(try PartitionSpace.single.parse("", at: now) == [0])
  }

  @Test(
    "What is no partition is named, with what there is",
    arguments: [
      ("2013-02-30", "there is no partition '2013-02-30': days run from 2013-01-01 through 2013-12-31 (America/New_York)"),
      ("2013-01-01..2014-01-01", "there is no partition '2014-01-01'"), ("2013-01-01,", "there is no partition ''"),
      ("2013-01-02..2013-01-01", "partition range '2013-01-02..2013-01-01' ends before it begins"),
    ])
  func refuses(text: String, message: String) {
    let error = modelError { try year.parse(text, at: now) }
    #expect(error?.code == .malformedPartition)
    #expect(error?.message.hasPrefix(message) == true)
  }

  @Test("The refusal of an unknown key shows the first keys and how many there are")
  func refusesUnknownKey() throws {
    let many = PartitionSpace.keys(try StaticKeys((1...9).map { "k\($0)" }))
    #expect(
      modelError { try many.parse("k0", at: now) }?.message
        == "there is no partition 'k0': its keys are k1, k2, k3, k4, k5, … (9 in all)")
    #expect(
      modelError { try PartitionSpace.single.parse("x", at: now) }?.message.hasSuffix("the asset is not partitioned") == true)
  }

  @Test("A window that has not ended cannot be asked for, although its key is well formed, and the refusal says when it can")
  func refusesFuture() throws {
    let early = try instant("2013-01-03T12:00:00Z")
    #expect(year.index(of: "2013-01-04") == 3)
    #expect(
      modelError { try year.parse("2013-01-03", at: early) }?.message
        == "there is no partition '2013-01-03' yet: its window ends at 2013-01-04T05:00:00.000Z (an asset that is to have it before "
        + "then says '.includingOpenWindow'); days run from 2013-01-01 through 2013-01-02 (America/New_York)")
    #expect(try year.parse("latest", at: early) == [1])
    guard case .daily(let days) = year else { return }
    let open = PartitionSpace.daily(
      try DailyWindows(first: days.first, last: days.last, zone: days.zone, includingOpenWindow: true))
    #expect(try open.parse("2013-01-03,latest", at: early) == [2])
    #expect(modelError { try open.parse("2013-01-04", at: early) }?.message.contains("yet: its window ends") == true)
    let before = try instant("2012-01-01T00:00:00Z")
    #expect(
      modelError { try year.parse("latest", at: before) }?.message == "there is no partition 'latest': no day has ended yet")
  }

  @Test("Many parts, in whatever order, make one set", .timeLimit(.minutes(10)))
  func manyParts() throws {
    let hours = PartitionSpace.hourly(
      try HourlyWindows(first: CivilDate("2009-01-01")!, last: CivilDate("2012-12-31")!, zone: .utc))
    let indexes = Array(stride(from: 0, to: 22_000, by: 2).reversed())
    let text = indexes.map { hours.key(at: $0).description }.joined(separator: ",")
    #expect(try hours.parse(text, at: now) == PartitionSet(indexes: indexes))
    #expect(try year.parse("2013-01-04,2013-01-01..2013-01-02,2013-01-02,2013-01-03", at: now) == PartitionSet(0..<4))
  }

  @Test("A part that is longer than any key is refused before it is compared", .timeLimit(.minutes(10)))
  func longParts() throws {
    let marks = String(repeating: "\u{315}", count: 50_000) + String(repeating: "\u{316}", count: 50_000)
    for text in ["l\(marks)", "a,\(marks)", "2013-01-01..2\(marks)", "2\(marks)..2013-01-01", String(repeating: "x", count: 257)]
    {
      for space in [year, regions, .single] {
        let error = modelError { try space.parse(text, at: now) }
        #expect(error?.code == .malformedPartition)
        #expect((error?.message.utf8.count ?? 0) < 1_000)
      }
    }
    #expect(modelError { try year.parse("l\(marks)", at: now) }?.message.contains("partitionKeyLength") == true)
    #expect(modelError { try year.parse("2013-01-01..2\(marks)", at: now) }?.message.contains("partitionKeyLength") == true)
  }

  @Test("A set is written in the syntax that it is parsed from, the shortest way")
  func describes() throws {
    let text = "2013-01-01,2013-01-03..2013-01-04,2013-12-31"
    #expect(year.describe(try year.parse(text, at: now)) == text)
  }

  @Test("Identity maps by key between spaces of one kind and zone, and nowhere else")
  func comparable() throws {
    let elsewhere = PartitionSpace.daily(try DailyWindows(first: day("2013-01-01"), last: nil, zone: .utc))
    let hours = PartitionSpace.hourly(try HourlyWindows(first: day("2013-01-01"), last: nil, zone: .utc))
    #expect(year.isComparable(with: year))
    #expect(try regions.isComparable(with: .keys(StaticKeys(["west"]))))
    #expect(PartitionSpace.single.isComparable(with: .single))
    #expect(!year.isComparable(with: elsewhere) && !elsewhere.isComparable(with: hours) && !year.isComparable(with: .single))
  }

  @Test("An index is translated to that of the same key, or to none where the other side lacks it")
  func translates() throws {
    let zone = try Zone("America/New_York")
    let spring = PartitionSpace.daily(try DailyWindows(first: day("2013-03-01"), last: day("2013-05-31"), zone: zone))
    #expect(spring.translate(0, to: year) == 59)
    #expect(year.translate(59, to: spring) == 0)
    #expect(year.translate(0, to: spring) == nil)
    #expect(year.translate(200, to: spring) == nil)
    let others = PartitionSpace.keys(try StaticKeys(["south", "north"]))
    #expect(regions.translate(2, to: others) == 0)
    #expect(regions.translate(1, to: others) == nil)
    #expect(PartitionSpace.single.translate(0, to: .single) == 0)
  }

  @Test("Translating hours agrees with going by their keys, also between starts half an hour apart")
  func translatesHours() throws {
    let zone = try Zone("Australia/Lord_Howe")
    let winter = PartitionSpace.hourly(try HourlyWindows(first: day("2013-10-01"), last: day("2013-10-10"), zone: zone))
    for first in ["2013-10-02", "2013-10-08"] {
      let other = PartitionSpace.hourly(try HourlyWindows(first: day(first), last: nil, zone: zone))
      for index in 0..<winter.count(at: now) {
        #expect(winter.translate(index, to: other) == other.index(of: winter.key(at: index)))
      }
    }
  }

  @Test("An index is found in any other space as its key is")
  func findsInOthers() throws {
    let (york, howe) = (try Zone("America/New_York"), try Zone("Australia/Lord_Howe"))
    var spaces = [PartitionSpace.single, year, regions, .keys(try StaticKeys(["south", "2013-01-02", "x"]))]
    for zone in [york, howe, .utc] {
      for (first, last) in [("2013-01-01", "2013-01-20"), ("2013-01-10", nil), ("2013-03-08", "2013-04-10")] {
        spaces.append(.daily(try DailyWindows(first: day(first), last: last.map { try day($0) }, zone: zone)))
        spaces.append(.hourly(try HourlyWindows(first: day(first), last: last.map { try day($0) }, zone: zone)))
      }
    }
    for space in spaces {
      for other in spaces {
        for index in stride(from: 0, to: min(space.count(at: now), 800), by: 61) {
          #expect(space.index(index, in: other) == other.index(of: space.key(at: index)), "\(index) of \(space) in \(other)")
        }
      }
    }
  }

  @Test("Sets of indexes map to those of the same keys that exist, range by range")
  func translatesSets() throws {
    let zone = try Zone("America/New_York")
    func days(_ first: String, _ last: String?) throws -> PartitionSpace {
      .daily(try DailyWindows(first: day(first), last: last.map { try day($0) }, zone: zone))
    }
    func hours(_ first: String, _ last: String?, _ zone: Zone) throws -> PartitionSpace {
      .hourly(try HourlyWindows(first: day(first), last: last.map { try day($0) }, zone: zone))
    }
    let spaces = [
      year, regions, .single, try days("2013-02-01", "2013-02-20"), try days("2012-12-01", nil),
      .keys(try StaticKeys(["south", "west", "north"])), try hours("2013-01-01", "2013-01-03", zone),
      try hours("2013-01-02", nil, zone), try hours("2013-01-02", nil, Zone("Asia/Kolkata")),
    ]
    let early = try instant("2013-02-10T12:00:00Z")
    for space in spaces {
      let count = space.count(at: early)
      for set in [PartitionSet(0..<count), PartitionSet(indexes: stride(from: 0, to: count, by: 3)), []] {
        for other in spaces {
          let expected = set.compactMap { space.isComparable(with: other) ? space.translate($0, to: other) : nil }
          #expect(
            space.translate(set, to: other, at: early)
              == PartitionSet(indexes: expected.filter { $0 < other.count(at: early) }), "\(space) in \(other)")
        }
      }
    }
  }

  @Test("Spaces of every kind survive encoding")
  func encodes() throws {
    let hours = PartitionSpace.hourly(try HourlyWindows(first: day("2013-01-01"), last: nil, zone: .utc))
    for space in [PartitionSpace.single, year, regions, hours] { #expect(try throughJSON(space) == space) }
  }
}
