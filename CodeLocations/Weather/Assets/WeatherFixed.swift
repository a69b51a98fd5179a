// SPDX-License-Identifier: Apache-2.0

public import AssetKit
import TeamsShared

/// The weather team's second version, which mends the two days that the first could not pass.
///
/// It keeps the hour in UTC, which no change of the clocks repeats; and it says which days the stations never delivered. Its
/// checks keep their names, so the days that passed before stay open.
public struct WeatherFixed: CodeLocation {
  public static let name = Weather.name
  public static let version: String? = "2"

  /// Days without readings, and why we accept that.
  static let knownMissing = ["2013-12-31": "the stations' file ends on the evening of 2013-12-30"]

  public static let hourly = Asset("weather/hourly", partitions: Weather.days) { step in
    try await Station.readings(step, keepingUTC: true)
  }
  .codeVersion("2")
  .check("one row per airport and hour") { readings, _ in
    let repeated = readings.repeatedKeys(\.airport, \.instant)
    return repeated.isEmpty ? .pass : .fail("\(repeated.count) hours appear twice", ["hours": .list(repeated)])
  }
  .check("every airport reports") { readings, step in
    let silent = Set(Station.airports).subtracting(readings.map(\.airport)).sorted()
    if silent.isEmpty { return .pass }
    if readings.isEmpty, let reason = knownMissing[step.partition.description] { return .pass("known to be missing: \(reason)") }
    return .fail("no reading from \(silent.joined(separator: ", "))")
  }
  .warningOfGapsAndGusts()
  .description("What each airport's station read, hour by hour")
  .shared(with: "insights")

  public static let dailySummary = Weather.dailySummary(of: hourly)

  public init() {}

  public var definitions: Definitions {
    DataFolder.resource
    Self.hourly
    Self.dailySummary
    Weather.nightly
  }
}

extension Reading {
  /// The hour in UTC; in versions made before it was kept, the one on the wall clock.
  fileprivate var instant: String { hourUTC ?? "\(hour)" }
}
