// SPDX-License-Identifier: Apache-2.0

import AssetKit
import TeamsShared

/// The monthly files of every flight that was to leave, whether it did or not.
enum Timetable {
  /// The flights of the step's day, as the file has them.
  static func flights(_ step: Step) async throws -> [Row] {
    let (year, month, day) = try step.date.components
    let file = "flights-\(year)-\(month < 10 ? "0" : "")\(month).csv.gz"
    return try await step.table(file).rows(startingWith: "\(year),\(month),\(day),")
  }
}
