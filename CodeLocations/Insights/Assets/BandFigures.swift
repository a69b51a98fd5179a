// SPDX-License-Identifier: Apache-2.0

/// The year's figures for one band of weather.
public struct BandFigures: Codable, Sendable, Equatable {
  /// An airline with fewer departures in a band is not ranked there.
  static let fewestDepartures = 100

  public let band: WeatherBand
  public let departures: Int
  /// Minutes; nil without departures.
  public let meanDepartureDelay: Double?
  public let cancellations: Int
  /// Of the flights that were to leave, 0 to 1; nil without any.
  public let cancellationShare: Double?
  /// Of the airlines with at least ``fewestDepartures``, the one with the longest mean delay.
  public let mostDelayedAirline: String?

  /// - Parameter tallies: the band's, one an airline.
  init(of band: WeatherBand, _ tallies: [BandTally]) {
    let sum = tallies.reduce(into: BandTally(band: band, airline: "")) { $0.add($1) }
    self.band = band
    departures = sum.departures
    meanDepartureDelay = sum.meanDelay
    cancellations = sum.cancellations
    cancellationShare = sum.flights == 0 ? nil : Double(sum.cancellations) / Double(sum.flights)
    mostDelayedAirline =
      tallies.filter { $0.departures >= Self.fewestDepartures }
      .max { ($0.meanDelay ?? 0, $0.airline) < ($1.meanDelay ?? 0, $1.airline) }?.airline
  }
}

extension BandTally {
  fileprivate var meanDelay: Double? { departures == 0 ? nil : Double(delayMinutes) / Double(departures) }
}

extension [BandFigures] {
  /// The figures of every band, worst weather first.
  init(_ year: Tallies) {
    let tallies = year.sorted
    self = WeatherBand.allCases.map { band in BandFigures(of: band, tallies.filter { $0.band == band }) }
  }
}
