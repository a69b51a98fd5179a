// SPDX-License-Identifier: Apache-2.0

import TeamsShared

/// What one airport's station read in one hour.
public struct Reading: Codable, Sendable {
  public let airport: String
  /// The hour on the wall clock, 0 to 23; one of them comes twice on the day when the clocks go back.
  public let hour: Int
  /// The same hour in UTC, such as `2013-11-03T05:00:00Z`; versions made before it was kept have none.
  public let hourUTC: String?
  /// Degrees Fahrenheit.
  public let temperature: Double?
  /// Miles an hour.
  public let wind: Double?
  /// Inches.
  public let precipitation: Double
  /// Miles, at most 10.
  public let visibility: Double

  init(_ row: Row, keepingUTC: Bool) throws(DataError) {
    airport = try row.required("origin")
    hour = try row.required("hour")
    hourUTC = keepingUTC ? try row.required("time_hour") : nil
    temperature = try row.optional("temp")
    wind = try row.optional("wind_speed")
    precipitation = try row.required("precip")
    visibility = try row.required("visib")
  }
}
