// SPDX-License-Identifier: Apache-2.0

public import AssetKit
import TeamsShared

/// The flights team: what left New York's airports in 2013, and what did not.
public struct Flights: CodeLocation {
  static let days = Partitions.daily(from: "2013-01-01", through: "2013-12-31", in: "America/New_York")
  static let airports: Set = ["EWR", "JFK", "LGA"]

  public static let departures = Asset("flights/departures", partitions: days) { step in
    try await Timetable.flights(step).compactMap(Departure.init)
  }
  .check("each flight leaves once") { departures, _ in
    let repeated = departures.repeatedKeys(\.carrier, \.flight, \.origin)
    return repeated.isEmpty ? .pass : .fail("\(repeated.count) flights left twice", ["flights": .list(repeated)])
  }
  .check("every airport has departures") { departures, _ in
    let closed = airports.subtracting(departures.map(\.origin)).sorted()
    return closed.isEmpty ? .pass : .fail("nothing left \(closed.joined(separator: ", "))")
  }
  .check("no delay is longer than a day") { departures, _ in
    let longest = departures.map(\.delay).max() ?? 0
    return longest <= 1440 ? .pass : .fail("one flight left \(longest) minutes late", ["minutes": .int(Int64(longest))])
  }
  .description("Every flight that left, with its delay")
  .shared(with: "fleet", "insights")

  public static let cancellations = Asset("flights/cancellations", partitions: days) { step in
    try await Timetable.flights(step).compactMap(Cancellation.init)
  }
  .check("each flight is cancelled once") { cancellations, _ in
    let repeated = cancellations.repeatedKeys(\.carrier, \.flight, \.origin)
    return repeated.isEmpty ? .pass : .fail("\(repeated.count) flights were cancelled twice", ["flights": .list(repeated)])
  }
  .check("no more than 150 in a day", severity: .warn) { cancellations, _ in
    cancellations.count <= 150 ? .pass : .fail("\(cancellations.count) flights were cancelled: a storm, or half a file?")
  }
  .description("Every flight that stood in the timetable and never left")
  .shared(with: "insights")

  public init() {}

  public var definitions: Definitions {
    DataFolder.resource
    Self.departures
    Self.cancellations
  }
}
