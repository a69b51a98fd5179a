// SPDX-License-Identifier: Apache-2.0

public import AssetKit
import TeamsShared

/// The weather team: what the airports' stations read, hour by hour.
public struct Weather: CodeLocation {
  static let days = Partitions.daily(from: "2013-01-01", through: "2013-12-31", in: "America/New_York")

  public static let hourly = Asset("weather/hourly", partitions: days) { step in
    try await Station.readings(step)
  }
  .check("one row per airport and hour") { readings, _ in
    let repeated = readings.repeatedKeys(\.airport, \.hour)
    return repeated.isEmpty ? .pass : .fail("\(repeated.count) hours appear twice", ["hours": .list(repeated)])
  }
  .check("every airport reports") { readings, _ in
    let silent = Set(Station.airports).subtracting(readings.map(\.airport)).sorted()
    return silent.isEmpty ? .pass : .fail("no reading from \(silent.joined(separator: ", "))")
  }
  .warningOfGapsAndGusts()
  .description("What each airport's station read, hour by hour")
  .shared(with: "insights")

  public static let dailySummary = dailySummary(of: hourly)

  public init() {}

  public var definitions: Definitions {
    DataFolder.resource
    Self.hourly
    Self.dailySummary
    Self.nightly
  }
}

// What both versions of the location have in common.
extension Weather {
  static let nightly = Schedule(
    "nightly", cron: "0 2 * * *", in: "America/New_York", selecting: "weather/*", partition: .latest,
    description: "Yesterday's weather")

  static func dailySummary(of hourly: Asset<[Reading]>) -> Asset<[DailySummary]> {
    Asset("weather/daily_summary", from: hourly) { readings, _ in [DailySummary](readings) }
      .check("temperatures are this planet's") { summaries, _ in
        let absurd = summaries.filter { ($0.low ?? 0) < -60 || ($0.high ?? 0) > 130 }
        return absurd.isEmpty ? .pass : .fail("not so at \(absurd.map(\.airport).joined(separator: ", "))")
      }
      .check("no airport's day has more than 25 hours") { summaries, _ in
        let long = summaries.filter { $0.hours > 25 }
        return long.isEmpty ? .pass : .fail("it has at \(long.map(\.airport).joined(separator: ", "))")
      }
      .description("Each airport's day: temperatures, precipitation, visibility")
  }
}

extension Asset<[Reading]> {
  /// Two checks that only warn: a day may have gaps, and a gauge may err, without harm to the averages.
  func warningOfGapsAndGusts() -> Self {
    check("at least 60 of 72 hours", severity: .warn) { readings, _ in
      readings.count >= 60 ? .pass : .fail("only \(readings.count)", ["hours": .int(Int64(readings.count))])
    }
    .check("no wind above 150 mph", severity: .warn) { readings, _ in
      let strongest = readings.compactMap(\.wind).max() ?? 0
      return strongest <= 150 ? .pass : .fail("the gauge read \(Int(strongest)) mph", ["mph": .float(strongest)])
    }
  }
}
