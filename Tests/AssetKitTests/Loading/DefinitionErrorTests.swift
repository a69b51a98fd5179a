// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Testing

@Suite struct `Definition errors` {
  static let days = Partitions.daily(from: "2013-01-01", through: "2013-12-31", in: "America/New_York")

  /// The errors of some definitions, without their places.
  func errors(_ name: String = "weather", @DefinitionsBuilder _ definitions: () -> Definitions) -> [String] {
    do {
      _ = try load(name, definitions)
      return []
    } catch {
      return error.all.map { "\($0.subject): \($0.message)" }
    }
  }

  @Test func `come all at once, in the order of the definitions, each with its place`() throws {
    // Apart from the expectation: within one all are in the same place.
    let definitions = Definitions {
      Asset("weather//hourly") { _ in 1 }
      Asset("weather/a", from: Upstream<Int>("weather/b")) { b, _ in b }
      Asset("weather/twice") { _ in 1 }
      Asset("weather/twice") { _ in 2 }
      Schedule("bad", cron: "0 99 * * *", in: "Nowhere/Land", selecting: "weather/*")
    }
    let found = #expect(throws: DefinitionErrors.self) { try load { definitions } }
    let all = try #require(found).all
    #expect(all.map(\.subject) == ["weather//hourly", "weather/a", "weather/twice", "schedule 'bad'", "schedule 'bad'"])
    let places = all.compactMap(\.place)
    #expect(places.count == 5 && places.allSatisfy { $0.hasPrefix("\(#filePath):") })
    #expect(Set(places).count == 4, "the file, the line and the column of each definition: \(places)")
    let lines = try #require(found).description.split(separator: "\n")
    #expect(lines.first == "5 definition errors")
    // As the compiler prints them: an editor or a terminal opens the file at the place.
    let form = /\/.+\.swift:\d+:\d+: error: (weather\/|schedule 'bad').+/
    #expect(lines.dropFirst().allSatisfy { $0.wholeMatch(of: form) != nil }, "\(lines)")
  }

  @Test func `name a duplicate key and where the other is`() {
    let found = errors {
      Asset("weather/twice") { _ in 1 }
      Assets("weather/both", yielding: Output<Int>("weather/twice"), Output<Int>("weather/once")) { _ in (1, 2) }
    }
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("weather/twice: is defined twice, also at \(#filePath):") == true)
    #expect(found.first?.hasSuffix("rename or remove one") == true)
  }

  @Test func `name a step that has another's name, whichever comes first`() {
    let together = Assets("weather/a", yielding: Output<Int>("weather/b"), Output<Int>("weather/c")) { _ in (1, 2) }
    let alone = Asset("weather/a") { _ in 1 }
    let found =
      errors {
        alone
        together
      }
      + errors {
        together
        alone
      }
    #expect(found.count == 2)
    #expect(found.allSatisfy { $0.hasPrefix("weather/a: another step has this name, at ") })
  }

  @Test func `show the path of a cycle, once`() {
    let found = errors {
      Asset("weather/a", from: Upstream<Int>("weather/c")) { value, _ in value }
      Asset("weather/b", from: Upstream<Int>("weather/a")) { value, _ in value }
      Asset("weather/c", from: Upstream<Int>("weather/b")) { value, _ in value }
      Asset("weather/d", from: Upstream<Int>("weather/c")) { value, _ in value }
    }
    #expect(
      found == [
        "weather/a: is on a cycle: weather/a reads weather/c reads weather/b reads weather/a; remove one of these dependencies"
      ])
  }

  @Test func `name an asset that reads itself`() {
    let found = errors { Asset("weather/a", from: Upstream<Int>("weather/a")) { value, _ in value } }
    #expect(found == ["weather/a: reads itself; remove one of these dependencies"])
  }

  @Test func `name an unknown dependency and the nearest key`() {
    let unlisted = Asset("weather/unlisted") { _ in 1 }
    let found = errors {
      Asset("weather/hourly") { _ in 1 }
      Asset("weather/a", from: unlisted) { value, _ in value }
      Asset("weather/b", from: Upstream<Int>("weather/hurly")) { value, _ in value }
      Asset("weather/c", from: Upstream<Int>("flights/anything")) { value, _ in value }
    }
    #expect(found.count == 2)
    #expect(found.first?.hasPrefix("weather/a: reads 'weather/unlisted', which location 'weather' does not define") == true)
    #expect(found.last?.contains("did you mean 'weather/hourly'?") == true)
  }

  @Test func `name malformed partitions and zones`() {
    let found = errors {
      Asset("weather/a", partitions: .daily(from: "2013-02-29", in: "UTC")) { _ in 1 }
      Asset("weather/b", partitions: .hourly(from: "2013-01-01", in: "Mars/Olympus")) { _ in 1 }
      Asset("weather/c", partitions: .keys("x", "x")) { _ in 1 }
      Asset(
        "weather/d", from: Upstream<Int>("flights/x", partitions: .daily(from: "2013-12-31", through: "2013-01-01", in: "UTC"))
      ) {
        value, _ in value
      }
    }
    #expect(found.count == 4)
    #expect(found[0].contains("'2013-02-29' is no day"))
    #expect(found[1].contains("unknown time zone 'Mars/Olympus'"))
    #expect(found[2].contains("'x' appears twice"))
    #expect(found[3].hasPrefix("weather/d: reads 'flights/x': "))
  }

  @Test func `refuse partitions that cannot be mapped, and say how to`() {
    let daily = Asset("weather/daily", partitions: Self.days) { _ in 1 }
    let found = errors {
      daily
      Asset("weather/whole", partitions: .none, from: daily) { value, _ in value }
      Asset("weather/zoned", partitions: .daily(from: "2013-01-01", in: "UTC"), from: daily) { value, _ in value }
      Asset("weather/keyed", partitions: .keys("a"), from: daily) { value, _ in value }
      Asset("weather/fine", partitions: .none, from: daily.all) { values, _ in values.count }
      Asset("weather/viewed", from: Upstream<Int>("weather/daily", partitions: .keys("a"))) { value, _ in value }
    }
    #expect(found.map { $0.prefix { $0 != ":" } } == ["weather/whole", "weather/zoned", "weather/keyed", "weather/viewed"])
    #expect(found[0].contains("read it as '.all'"))
    #expect(found[1].contains("daily partitions (America/New_York), and has daily partitions (UTC) itself"))
  }

  @Test func `take an asset that reads days and names none for unpartitioned, not for one that says nothing`() throws {
    let daily = Asset("weather/daily", partitions: Self.days) { _ in 1 }
    let said = errors {
      daily
      Asset("weather/whole", partitions: .none, from: daily) { value, _ in value }
      Assets("both", partitions: .none, yielding: Output<Int>("weather/b"), Output<Int>("weather/c"), from: daily) { value, _ in
        (value, value)
      }
    }
    #expect(said.count == 2 && said.allSatisfy { $0.contains("has none itself") }, "\(said)")
    let silent = errors {
      daily
      Asset("weather/same", from: daily) { value, _ in value }
      Asset("weather/also", partitions: .inherited, from: daily) { value, _ in value }
      Asset("weather/alone", partitions: .inherited) { _ in 1 }
    }
    #expect(silent == [])
    let upstream = errors {
      Asset("weather/a", from: Upstream<Int>("flights/x", partitions: .inherited)) { value, _ in value }
    }
    #expect(upstream.count == 1 && upstream[0].hasSuffix("write the partitions that it has, or '.none'"), "\(upstream)")
  }

  @Test func `refuse a check on another location's asset`() {
    let foreign = Asset("flights/departures") { _ in 1 }
    let found = errors {
      Asset("weather/hourly") { _ in 1 }
      Check("sane", on: foreign) { _, _ in .pass }
    }
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("check 'sane': its asset 'flights/departures' is not defined by location 'weather'") == true)
  }

  @Test func `name duplicate and malformed checks`() {
    let hourly = Asset("weather/hourly") { _ in 1 }
      .check("same") { _, _ in .pass }
      .check("") { _, _ in .pass }
      .check("hasty", timeout: .zero) { _, _ in .pass }
    let found = errors {
      hourly
      Check("same", on: hourly, version: "2") { _, _ in .pass }
    }
    #expect(found.count == 3)
    #expect(found[0] == "weather/hourly: check '': its name is empty: give it one")
    #expect(found[1].hasPrefix("weather/hourly: check 'hasty': its timeout is"))
    #expect(found[2].hasPrefix("weather/hourly: check 'same': is defined twice"))
  }

  @Test func `name timeouts longer than any, of a step and of a check`() {
    let found = errors {
      Asset("weather/hourly") { _ in 1 }
        .check("patient", timeout: Limits.timeout + .seconds(1)) { _, _ in .pass }
        .timeout(.seconds(1 << 40))
      Asset("weather/daily") { _ in 1 }
        .check("patient", timeout: Limits.timeout) { _, _ in .pass }
        .timeout(Limits.timeout)
    }
    #expect(found.count == 2 && found.allSatisfy { $0.hasSuffix("(timeout): make it shorter") }, "\(found)")
  }

  @Test func `name what is wrong with a schedule`() {
    let found = errors {
      Asset("weather/hourly") { _ in 1 }.group("raw")
      Schedule("cron", cron: "every day", in: "UTC", selecting: "*")
      Schedule("zone", cron: "0 2 * * *", in: "Nowhere", selecting: "*")
      Schedule("syntax", cron: "0 2 * * *", in: "UTC", selecting: "weather//x")
      Schedule("foreign", cron: "0 2 * * *", in: "UTC", selecting: "weather/hurly, flights/*, group:row")
      Schedule("twice", cron: "0 2 * * *", in: "UTC", selecting: "group:raw")
      Schedule("twice", cron: "0 3 * * *", in: "UTC", selecting: "+weather/hourly+")
    }
    #expect(
      found.map { $0.split(separator: ":")[0] } == [
        "schedule 'cron'", "schedule 'zone'", "schedule 'syntax'", "schedule 'foreign'", "schedule 'foreign'",
        "schedule 'foreign'", "schedule 'twice'",
      ])
    #expect(found[3].contains("did you mean 'weather/hourly'?"))
  }

  @Test func `name a malformed location, sharer and group, and what is defined twice`() {
    let found = errors("my weather") {
      Asset("weather/hourly") { _ in 1 }.shared(with: "in sights").group("")
      DefaultStorage(InMemoryIOManager())
      DefaultStorage(InMemoryIOManager())
      Resource(Int.self) { _ in 1 }
      Resource(Int.self) { _ in 2 }
    }
    #expect(
      found.map { $0.split(separator: ":")[0] } == [
        "location 'my weather'", "DefaultStorage", "Resource(Int.self)", "weather/hourly", "weather/hourly",
      ])
  }
}
