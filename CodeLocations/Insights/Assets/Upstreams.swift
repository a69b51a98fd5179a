// SPDX-License-Identifier: Apache-2.0

public import AssetKit

// What this team needs to know of the other teams' assets: views of its own, matched by the fields' names. The others may
// add fields, and redeploy, without asking.

/// A flight that left.
public struct Departure: Codable, Sendable {
  let carrier: String
  let origin: String
  /// The local hour in which it was to leave.
  let hour: Int
  /// Minutes; negative when it left early.
  let delay: Int

  public init(carrier: String, origin: String, hour: Int, delay: Int) {
    self.carrier = carrier
    self.origin = origin
    self.hour = hour
    self.delay = delay
  }
}

/// A flight that never left.
public struct Cancellation: Codable, Sendable {
  let carrier: String
  let origin: String
  /// The local hour in which it was to leave.
  let hour: Int

  public init(carrier: String, origin: String, hour: Int) {
    self.carrier = carrier
    self.origin = origin
    self.hour = hour
  }
}

/// The weather at an airport in one hour.
public struct Reading: Codable, Sendable {
  let airport: String
  /// The local hour; one of them comes twice on the day when the clocks go back.
  let hour: Int
  /// Miles an hour.
  let wind: Double?
  /// Inches.
  let precipitation: Double
  /// Miles.
  let visibility: Double

  public init(airport: String, hour: Int, wind: Double?, precipitation: Double, visibility: Double) {
    self.airport = airport
    self.hour = hour
    self.wind = wind
    self.precipitation = precipitation
    self.visibility = visibility
  }
}

/// An airline's name.
public struct Airline: Codable, Sendable {
  let code: String
  let name: String

  public init(code: String, name: String) {
    self.code = code
    self.name = name
  }
}

extension Insights {
  static let days = Partitions.daily(from: "2013-01-01", through: "2013-12-31", in: "America/New_York")
  public static let departures = Upstream<[Departure]>("flights/departures", partitions: days)
  public static let cancellations = Upstream<[Cancellation]>("flights/cancellations", partitions: days)
  public static let readings = Upstream<[Reading]>("weather/hourly", partitions: days)
  public static let airlines = Upstream<[Airline]>("fleet/airlines")
}
