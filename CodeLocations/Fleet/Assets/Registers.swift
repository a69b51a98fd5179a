// SPDX-License-Identifier: Apache-2.0

import TeamsShared

/// An aircraft of the FAA's register.
public struct Plane: Codable, Sendable {
  public let tail: String
  public let manufacturer: String
  public let model: String
  public let seats: Int
  /// When it was built; missing for some.
  public let year: Int?

  init(_ row: Row) throws(DataError) {
    tail = try row.required("tailnum")
    manufacturer = try row.required("manufacturer")
    model = try row.required("model")
    seats = try row.required("seats")
    year = try row.optional("year")
  }
}

/// An airport of the United States.
public struct Airport: Codable, Sendable {
  public let code: String
  public let name: String
  /// Degrees north.
  public let latitude: Double
  /// Degrees east.
  public let longitude: Double

  init(_ row: Row) throws(DataError) {
    code = try row.required("faa")
    name = try row.required("name")
    latitude = try row.required("lat")
    longitude = try row.required("lon")
  }
}

/// An airline, by the code that flights carry.
public struct Airline: Codable, Sendable {
  public let code: String
  public let name: String

  init(_ row: Row) throws(DataError) {
    code = try row.required("carrier")
    name = try row.required("name")
  }
}
