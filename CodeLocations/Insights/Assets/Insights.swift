// SPDX-License-Identifier: Apache-2.0

public import AssetKit
import TeamsShared

/// The insights team: what the weather does to the timetable. It owns no data; everything it reads is other teams'.
public struct Insights: CodeLocation {
  /// What the publisher of the data says about it.
  static let publishedFlights = 336_776

  public static let delaysByWeather = Asset(
    "insights/delays_by_weather", from: departures, cancellations, readings, airlines
  ) { departures, cancellations, readings, airlines, _ in
    [BandTally](
      departures: departures, cancellations: cancellations, weather: WeatherByHour(readings), airlines: airlines)
  }
  .check("each band and airline once") { tallies, _ in
    let repeated = tallies.repeatedKeys(\.band, \.airline)
    return repeated.isEmpty ? .pass : .fail("\(repeated.count) appear twice", ["tallies": .list(repeated)])
  }
  .check("there are flights") { tallies, _ in
    tallies.contains { $0.flights > 0 } ? .pass : .fail("no flight was counted")
  }
  .check("the weather of nine flights in ten is known", severity: .warn) { tallies, _ in
    let all = tallies.map(\.flights).reduce(0, +)
    let unknown = tallies.filter { $0.band == .unknown }.map(\.flights).reduce(0, +)
    return unknown * 10 <= all ? .pass : .fail("of \(unknown) flights in \(all) it is not")
  }
  .description("Delays and cancellations of one day, by the weather at departure and the airline")

  public static let yearReport = Asset("insights/year_report", from: delaysByWeather.all) { days, step in
    var year = Tallies()
    for try await (_, tallies) in days {
      for tally in tallies { year.add(tally) }
    }
    let report = [BandFigures](year)
    step.metadata["report"] = .table(MetadataTable(report))
    return report
  }
  .check("every published flight is counted") { report, _ in
    let counted = report.map { $0.departures + $0.cancellations }.reduce(0, +)
    return counted == publishedFlights ? .pass : .fail("\(counted) of \(publishedFlights) are")
  }
  .description("Mean departure delay and share of cancellations in 2013, by weather")
  .kinds("report")

  public init() {}

  public var definitions: Definitions {
    Self.delaysByWeather
    Self.yearReport
  }
}

extension MetadataTable {
  /// The report as people read it.
  fileprivate init(_ report: [BandFigures]) {
    func rounded(_ value: Double?, _ unit: String) -> String {
      value.map { "\(($0 * 10).rounded() / 10) \(unit)" } ?? "none"
    }
    self.init(
      columns: ["weather", "departures", "mean delay", "cancelled", "most delayed"],
      rows: report.map { figures in
        [
          figures.band.description, "\(figures.departures)", rounded(figures.meanDepartureDelay, "min"),
          rounded(figures.cancellationShare.map { $0 * 100 }, "%"), figures.mostDelayedAirline ?? "none",
        ]
      })
  }
}
