// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetTestKit
import Foundation
import InsightsAssets
import TeamsShared
import Testing

@Suite("The year report")
struct YearReportTests {
  /// `Figures/year_report.json`, which `Figures/independent_figures.py` computed from the raw files without our code.
  static let figures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Figures/year_report.json")

  @Test("has the figures that another program computes from the raw files")
  func independentFigures() async throws {
    let files = try RawFiles()
    var days: [(PartitionKey, [BandTally])] = []
    for day in RawFiles.everyDay {
      let made = try await materialize(
        Insights.delaysByWeather, partition: PartitionKey(day.description), inputs: try files.inputs(on: day))
      days.append((PartitionKey(day.description), made.value))
    }
    let made = try await materialize(
      Insights.yearReport, inputs: [.given(Insights.delaysByWeather.all, PartitionedInput(values: days))])
    #expect(made.isPromoted)

    let expected = try JSONDecoder().decode([BandFigures].self, from: Data(contentsOf: Self.figures))
    #expect(expected.count == WeatherBand.allCases.count)
    #expect(made.value == expected)
  }

  @Test("is rejected while flights are missing")
  func incomplete() async throws {
    let made = try await materialize(
      Insights.yearReport, inputs: [.given(Insights.delaysByWeather.all, ["2013-01-01": []])])
    #expect(made.failures == ["every published flight is counted"])
    #expect(!made.isPromoted)
  }
}

/// The raw files as this team's views of the other teams' assets.
struct RawFiles {
  let folder: DataFolder
  let airlines: [Airline]

  init() throws {
    folder = try DataFolder.located(by: Configuration())
    airlines = try folder.table("airlines.csv").rows().map {
      Airline(code: try $0.required("carrier"), name: try $0.required("name"))
    }
  }

  static var everyDay: [CivilDate] {
    CivilDate("2013-01-01").map { first in (0..<365).map { first.advanced(by: $0) } } ?? []
  }

  func inputs(on day: CivilDate) throws -> [GivenInput] {
    let (year, month, number) = day.components
    let prefix = "\(year),\(month),\(number),"
    let flights = try folder.table("flights-2013-\(month < 10 ? "0" : "")\(month).csv.gz").rows(startingWith: prefix)
    let weather = try folder.table("weather.csv")
    return [
      .given(Insights.departures, try flights.compactMap(departure)),
      .given(Insights.cancellations, try flights.compactMap(cancellation)),
      .given(
        Insights.readings,
        try ["EWR", "JFK", "LGA"].flatMap { try weather.rows(startingWith: "\($0),\(prefix)").map(reading) }),
      .given(Insights.airlines, airlines),
    ]
  }

  private func departure(_ row: Row) throws -> Departure? {
    guard let delay: Int = try row.optional("dep_delay") else { return nil }
    return Departure(
      carrier: try row.required("carrier"), origin: try row.required("origin"), hour: try row.required("hour"), delay: delay)
  }

  private func cancellation(_ row: Row) throws -> Cancellation? {
    if let _: Int = try row.optional("dep_delay") { return nil }
    return Cancellation(
      carrier: try row.required("carrier"), origin: try row.required("origin"), hour: try row.required("hour"))
  }

  private func reading(_ row: Row) throws -> Reading {
    Reading(
      airport: try row.required("origin"), hour: try row.required("hour"), wind: try row.optional("wind_speed"),
      precipitation: try row.required("precip"), visibility: try row.required("visib"))
  }
}
