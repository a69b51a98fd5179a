// SPDX-License-Identifier: Apache-2.0

import TeamsShared

/// A flight that left one of New York's airports.
public struct Departure: Codable, Sendable {
  public let carrier: String
  public let flight: Int
  public let tail: String?
  public let origin: String
  public let destination: String
  /// The local hour, 0 to 23, in which it was to leave.
  public let hour: Int
  /// Minutes behind the timetable; negative when it left early.
  public let delay: Int

  /// - Returns: nil when the flight was cancelled: it never got a departure time.
  init?(_ row: Row) throws(DataError) {
    guard let _: Int = try row.optional("dep_time") else { return nil }
    carrier = try row.required("carrier")
    flight = try row.required("flight")
    tail = try row.optional("tailnum")
    origin = try row.required("origin")
    destination = try row.required("dest")
    hour = try row.required("hour")
    delay = try row.required("dep_delay")
  }
}
