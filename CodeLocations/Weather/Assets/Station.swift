// SPDX-License-Identifier: Apache-2.0

import AssetKit
import TeamsShared

/// The weather stations of New York's airports, which read once an hour.
enum Station {
  static let airports = ["EWR", "JFK", "LGA"]

  /// What every station read on the step's day.
  static func readings(_ step: Step, keepingUTC: Bool = false) async throws -> [Reading] {
    let (year, month, day) = try step.date.components
    let table = try await step.table("weather.csv")
    return try airports.flatMap { airport in
      try table.rows(startingWith: "\(airport),\(year),\(month),\(day),").map { try Reading($0, keepingUTC: keepingUTC) }
    }
  }
}
