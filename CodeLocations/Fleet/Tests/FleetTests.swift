// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetTestKit
import FleetAssets
import Foundation
import TeamsShared
import Testing

@Suite("The fleet location")
struct FleetTests {
  @Test("defines what it says, without a mistake")
  func definitions() throws { try validate(Fleet.self) }

  @Test("reads the registers whole, and they pass their checks")
  func registers() async throws {
    let data: GivenResource = .given(try DataFolder.located(by: Configuration()))
    let planes = try await materialize(Fleet.planes, resources: [data])
    let airports = try await materialize(Fleet.airports, resources: [data])
    let airlines = try await materialize(Fleet.airlines, resources: [data])
    #expect(planes.isPromoted && airports.isPromoted && airlines.isPromoted)
    #expect((planes.value.count, airports.value.count, airlines.value.count) == (3322, 1458, 16))
    #expect(planes.value.count { $0.year == nil } == 70)
  }

  @Test(
    "rejects a register that cannot be true",
    arguments: [
      (
        "planes.csv", "tailnum,manufacturer,model,seats,year\nN1,BOEING,737,150,NA\nN1,BOEING,737,150,NA", "each tail number once"
      ),
      ("planes.csv", "tailnum,manufacturer,model,seats,year\nN1,BOEING,737,0,1999", "every plane has seats"),
      ("airports.csv", "faa,name,lat,lon\nEWR,Newark,40,-74\nEWR,Newark,40,-74", "each code once"),
      ("airports.csv", "faa,name,lat,lon\nEWR,Newark,140,-74", "every airport lies on the globe"),
      ("airlines.csv", "carrier,name\nUA,United\nUA,Union", "each code once"),
      ("airlines.csv", "carrier,name\n", "there are airlines"),
    ])
  func badRegister(file: String, text: String, check: String) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fleet-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try text.write(to: folder.appending(path: file), atomically: true, encoding: .utf8)
    let data: [GivenResource] = [.given(try DataFolder(folder))]
    let failures =
      switch file {
      case "planes.csv": try await materialize(Fleet.planes, resources: data).failures
      case "airports.csv": try await materialize(Fleet.airports, resources: data).failures
      default: try await materialize(Fleet.airlines, resources: data).failures
      }
    #expect(failures == [check])
  }

  @Test("warns of aircraft that the register does not know, each named once")
  func unknownAircraft() async throws {
    let made = try await Self.coverage(of: ["N10156", "N102UW", "N103US", "N1", nil, "N10156", "N104UW", "N10575"])
    #expect(made.value.unknownTails == ["N1"])
    #expect((made.value.departures, made.value.known) == (8, 6))
    #expect(made.checks["every tail number is known"]?.message == "2 of 8 departures by unknown aircraft")
    #expect(made.isPromoted)
  }

  @Test("has nothing to warn of where every aircraft is known")
  func knownAircraft() async throws {
    #expect(try await Self.coverage(of: ["N10156", "N102UW"]).failures.isEmpty)
  }

  @Test("rejects a day of which it knows too little")
  func poorCoverage() async throws {
    let made = try await Self.coverage(of: ["N10156", "N1", "N2"])
    #expect(made.failures == ["every tail number is known", "three departures in four are covered"])
    #expect(!made.isPromoted)
  }

  static func coverage(of tails: [String?]) async throws -> Materialized<Coverage> {
    let planes = try await materialize(Fleet.planes, resources: [.given(try DataFolder.located(by: Configuration()))]).value
    return try await materialize(
      Fleet.coverage, partition: "2013-07-04",
      inputs: [.given(Fleet.departures, tails.map { Fleet.Departure(tail: $0) }), .given(Fleet.planes, planes)])
  }
}
