// SPDX-License-Identifier: Apache-2.0

public import AssetKit
import TeamsShared

/// The fleet team: who flies, with what, to where, and how much of it we know.
public struct Fleet: CodeLocation {
  static let days = Partitions.daily(from: "2013-01-01", through: "2013-12-31", in: "America/New_York")

  /// What this team needs to know of another team's departures.
  public struct Departure: Codable, Sendable {
    let tail: String?

    public init(tail: String?) { self.tail = tail }
  }

  public static let departures = Upstream<[Departure]>("flights/departures", partitions: days)

  public static let planes = Asset("fleet/planes") { step in
    try await step.table("planes.csv").rows().map(Plane.init)
  }
  .check("each tail number once") { planes, _ in
    let repeated = planes.repeatedKeys(\.tail)
    return repeated.isEmpty ? .pass : .fail("\(repeated.count) tail numbers appear twice", ["tails": .list(repeated)])
  }
  .check("every plane has seats") { planes, _ in
    let empty = planes.filter { $0.seats < 1 }
    return empty.isEmpty ? .pass : .fail("\(empty.count) have none", ["tails": .list(empty.map(\.tail))])
  }
  .description("The aircraft that the FAA's register knows")

  public static let airports = Asset("fleet/airports") { step in
    try await step.table("airports.csv").rows().map(Airport.init)
  }
  .check("each code once") { airports, _ in
    let repeated = airports.repeatedKeys(\.code)
    return repeated.isEmpty ? .pass : .fail("\(repeated.count) codes appear twice", ["codes": .list(repeated)])
  }
  .check("every airport lies on the globe") { airports, _ in
    let lost = airports.filter { !(-90...90).contains($0.latitude) || !(-180...180).contains($0.longitude) }
    return lost.isEmpty ? .pass : .fail("\(lost.count) do not", ["codes": .list(lost.map(\.code))])
  }
  .description("The airports of the United States")

  public static let airlines = Asset("fleet/airlines") { step in
    try await step.table("airlines.csv").rows().map(Airline.init)
  }
  .check("each code once") { airlines, _ in
    let repeated = airlines.repeatedKeys(\.code)
    return repeated.isEmpty ? .pass : .fail("\(repeated.count) codes appear twice", ["codes": .list(repeated)])
  }
  .check("there are airlines") { airlines, _ in airlines.isEmpty ? .fail("the file is empty") : .pass }
  .description("The airlines' names, by the code that flights carry")
  .shared(with: "insights")

  public static let coverage = Asset("fleet/coverage", partitions: days, from: departures, planes) { departures, planes, _ in
    Coverage(of: departures.map(\.tail), in: Set(planes.map(\.tail)))
  }
  .check("every tail number is known", severity: .warn) { coverage, _ in
    coverage.unknownTails.isEmpty && coverage.known == coverage.departures
      ? .pass
      : .fail(
        "\(coverage.departures - coverage.known) of \(coverage.departures) departures by unknown aircraft",
        ["tails": .list(coverage.unknownTails)])
  }
  .check("three departures in four are covered") { coverage, _ in
    coverage.known * 4 >= coverage.departures * 3 ? .pass : .fail("only \(coverage.known) of \(coverage.departures)")
  }
  .description("How far the register knows the aircraft that flew")

  public init() {}

  public var definitions: Definitions {
    DataFolder.resource
    Self.planes
    Self.airports
    Self.airlines
    Self.coverage
  }
}
