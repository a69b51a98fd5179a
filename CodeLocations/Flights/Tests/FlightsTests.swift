// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetTestKit
import FlightsAssets
import Foundation
import TeamsShared
import Testing

@Suite("The flights location")
struct FlightsTests {
  @Test("defines what it says, without a mistake")
  func definitions() throws { try validate(Flights.self) }

  @Test("has each flight of a day either as a departure or as a cancellation")
  func newYear() async throws {
    let departures = try await materialize(Flights.departures, partition: "2013-01-01", resources: [Self.data()])
    let cancellations = try await materialize(Flights.cancellations, partition: "2013-01-01", resources: [Self.data()])
    #expect(departures.value.count == 838)
    #expect(cancellations.value.count == 4)

    let first = try #require(departures.value.first)
    #expect((first.carrier, first.flight, first.tail) == ("UA", 1545, "N14228"))
    #expect((first.origin, first.destination, first.hour, first.delay) == ("EWR", "IAH", 5, 2))
  }

  @Test(
    "passes every check on quiet days, on the day of the storm, and where the clocks change",
    arguments: ["2013-02-09", "2013-03-10", "2013-04-21", "2013-11-03", "2013-11-28", "2013-12-31"] as [PartitionKey])
  func realDays(day: PartitionKey) async throws {
    #expect(try await materialize(Flights.departures, partition: day, resources: [Self.data()]).isPromoted)
    #expect(try await materialize(Flights.cancellations, partition: day, resources: [Self.data()]).isPromoted)
  }

  @Test("warns of a storm without stopping anybody")
  func storm() async throws {
    let storm = try await materialize(Flights.cancellations, partition: "2013-02-08", resources: [Self.data()])
    #expect(storm.checks["no more than 150 in a day"]?.outcome == .failed)
    #expect(storm.isPromoted)
  }

  @Test(
    "rejects a day of departures that cannot be true",
    arguments: [
      ("each flight leaves once", ["2,EWR,UA", "2,JFK,B6", "2,LGA,DL", "9,EWR,UA"]),
      ("every airport has departures", ["2,EWR,UA", "2,JFK,B6"]),
      ("no delay is longer than a day", ["2,EWR,UA", "2,JFK,B6", "1441,LGA,DL"]),
    ])
  func badDepartures(check: String, flights: [String]) async throws {
    let made = try await materialize(
      Flights.departures, partition: "2013-01-01", resources: [Self.day(of: flights)])
    #expect(made.failures == [check])
    #expect(!made.isPromoted)
  }

  @Test("rejects a day on which a flight is cancelled twice")
  func cancelledTwice() async throws {
    let made = try await materialize(
      Flights.cancellations, partition: "2013-01-01", resources: [Self.day(of: ["NA,EWR,UA", "NA,EWR,UA"])])
    #expect(made.checks["each flight is cancelled once"]?.outcome == .failed)
    #expect(!made.isPromoted)
  }

  static func data() throws -> GivenResource { .given(try DataFolder.located(by: Configuration())) }

  /// A data folder with one day, each flight written as its delay (`NA`: cancelled), airport and airline.
  static func day(of flights: [String]) throws -> GivenResource {
    let folder = FileManager.default.temporaryDirectory.appending(path: "flights-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let lines = flights.map { flight in
      let parts = flight.split(separator: ",")
      return "2013,1,1,\(parts[0]),\(parts[0]),\(parts[2]),1,N1,\(parts[1]),IAH,5"
    }
    let header = "year,month,day,dep_time,dep_delay,carrier,flight,tailnum,origin,dest,hour"
    try ([header] + lines).joined(separator: "\n").write(
      to: folder.appending(path: "flights-2013-01.csv.gz"), atomically: true, encoding: .utf8)
    return .given(try DataFolder(folder))
  }
}
