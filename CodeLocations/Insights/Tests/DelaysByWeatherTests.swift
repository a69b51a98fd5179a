// SPDX-License-Identifier: Apache-2.0

import AssetKit
import AssetTestKit
import InsightsAssets
import Testing

@Suite("Delays by weather")
struct DelaysByWeatherTests {
  @Test("are defined without a mistake")
  func definitions() throws { try validate(Insights.self) }

  @Test(
    "fall into the first band that fits, worst weather first",
    arguments: [
      (reading(visibility: 2.5, precipitation: 0.1, wind: 30), .lowVisibility),
      (reading(visibility: 3, precipitation: 0.01, wind: 30), .wet),
      (reading(precipitation: 0.01, wind: nil), .wet),
      (reading(wind: 20), .windy),
      (reading(wind: 19.9), .fair),
      (reading(wind: nil), .unknown),
    ] as [(Reading, WeatherBand)])
  func bands(reading: Reading, band: WeatherBand) {
    #expect(WeatherBand(reading) == band)
  }

  @Test("are counted by the weather at the airport in the hour of departure, and by the airline's name")
  func counted() async throws {
    let made = try await Self.day(
      departures: [
        Departure(carrier: "UA", origin: "EWR", hour: 6, delay: 30),
        Departure(carrier: "UA", origin: "EWR", hour: 6, delay: -10),
        Departure(carrier: "UA", origin: "EWR", hour: 7, delay: 5),
        Departure(carrier: "ZZ", origin: "JFK", hour: 6, delay: 1),
      ],
      cancellations: [Cancellation(carrier: "UA", origin: "EWR", hour: 6)],
      readings: [Self.reading(hour: 6, precipitation: 0.2), Self.reading(hour: 7)])
    #expect(made.isPromoted)
    #expect(
      made.value.map { "\($0.band), \($0.airline): \($0.departures), \($0.delayMinutes) min, \($0.cancellations)" } == [
        "wet, United Air Lines Inc.: 2, 20 min, 1",
        "fair, United Air Lines Inc.: 1, 5 min, 0",
        "unknown, ZZ: 1, 1 min, 0",
      ])
  }

  @Test("take the worse of two readings of one hour, in whichever order they come", arguments: [false, true])
  func hourTwice(reversed: Bool) async throws {
    let readings = [Self.reading(hour: 1), Self.reading(hour: 1, visibility: 1)]
    let made = try await Self.day(
      departures: [Departure(carrier: "UA", origin: "EWR", hour: 1, delay: 0)], cancellations: [],
      readings: reversed ? readings.reversed() : readings)
    #expect(made.value.map(\.band) == [.lowVisibility])
  }

  @Test("warn where the weather is not known, and reject a day without flights")
  func checks() async throws {
    let flight = Departure(carrier: "UA", origin: "EWR", hour: 6, delay: 0)
    let unknown = try await Self.day(departures: [flight], cancellations: [], readings: [])
    #expect(unknown.failures == ["the weather of nine flights in ten is known"])
    #expect(unknown.isPromoted)

    let empty = try await Self.day(departures: [], cancellations: [], readings: [Self.reading()])
    #expect(empty.failures == ["there are flights"])
    #expect(!empty.isPromoted)

    let twice = try await evaluate(
      "each band and airline once", of: Insights.delaysByWeather, on: unknown.value + unknown.value, partition: "2013-07-04")
    #expect(twice.outcome == .failed)
  }

  static func day(
    departures: [Departure], cancellations: [Cancellation], readings: [Reading]
  ) async throws -> Materialized<[BandTally]> {
    try await materialize(
      Insights.delaysByWeather, partition: "2013-07-04",
      inputs: [
        .given(Insights.departures, departures), .given(Insights.cancellations, cancellations),
        .given(Insights.readings, readings),
        .given(Insights.airlines, [Airline(code: "UA", name: "United Air Lines Inc.")]),
      ])
  }

  static func reading(
    hour: Int = 6, visibility: Double = 10, precipitation: Double = 0, wind: Double? = 5
  ) -> Reading {
    Reading(airport: "EWR", hour: hour, wind: wind, precipitation: precipitation, visibility: visibility)
  }
}
