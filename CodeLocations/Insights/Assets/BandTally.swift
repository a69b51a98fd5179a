// SPDX-License-Identifier: Apache-2.0

/// One airline's flights in one band of weather, counted; tallies of several days add up.
public struct BandTally: Codable, Sendable, Equatable {
  public let band: WeatherBand
  public let airline: String
  public var departures = 0
  /// The sum over the departures; early ones count against late ones.
  public var delayMinutes = 0
  public var cancellations = 0

  var flights: Int { departures + cancellations }

  mutating func add(_ other: BandTally) {
    departures += other.departures
    delayMinutes += other.delayMinutes
    cancellations += other.cancellations
  }
}

/// Tallies by band and airline, while they are being counted.
struct Tallies {
  private struct Key: Hashable {
    let band: WeatherBand
    let airline: String
  }

  private var counted: [Key: BandTally] = [:]

  mutating func add(_ tally: BandTally) {
    let key = Key(band: tally.band, airline: tally.airline)
    counted[key, default: BandTally(band: tally.band, airline: tally.airline)].add(tally)
  }

  /// By band, worst weather first, then by airline.
  var sorted: [BandTally] {
    counted.values.sorted { ($0.band == $1.band) ? $0.airline < $1.airline : $0.band.worse(than: $1.band) }
  }
}

extension [BandTally] {
  /// Counts one day.
  ///
  /// An airline without a name goes by its code.
  init(departures: [Departure], cancellations: [Cancellation], weather: WeatherByHour, airlines: [Airline]) {
    let names = Dictionary(airlines.map { ($0.code, $0.name) }) { first, _ in first }
    var tallies = Tallies()
    func count(_ carrier: String, _ band: WeatherBand, departures: Int = 0, delayMinutes: Int = 0, cancellations: Int = 0) {
      tallies.add(
        BandTally(
          band: band, airline: names[carrier] ?? carrier, departures: departures, delayMinutes: delayMinutes,
          cancellations: cancellations))
    }
    for flight in departures {
      count(flight.carrier, weather.band(at: flight.origin, hour: flight.hour), departures: 1, delayMinutes: flight.delay)
    }
    for flight in cancellations {
      count(flight.carrier, weather.band(at: flight.origin, hour: flight.hour), cancellations: 1)
    }
    self = tallies.sorted
  }
}
