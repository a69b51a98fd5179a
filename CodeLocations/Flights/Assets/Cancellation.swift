// SPDX-License-Identifier: Apache-2.0

import TeamsShared

/// A flight that stood in the timetable and never left.
public struct Cancellation: Codable, Sendable {
  public let carrier: String
  public let flight: Int
  public let origin: String
  public let destination: String
  /// The local hour, 0 to 23, in which it was to leave.
  public let hour: Int

  /// - Returns: nil when the flight left.
  init?(_ row: Row) throws(DataError) {
    if let _: Int = try row.optional("dep_time") { return nil }
    carrier = try row.required("carrier")
    flight = try row.required("flight")
    origin = try row.required("origin")
    destination = try row.required("dest")
    hour = try row.required("hour")
  }
}
