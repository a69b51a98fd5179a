// SPDX-License-Identifier: Apache-2.0

/// What kind of weather a flight met, worst first: the first band that fits.
public enum WeatherBand: String, Codable, Sendable, CaseIterable, CustomStringConvertible {
  /// Under 3 miles.
  case lowVisibility = "low visibility"
  /// Any precipitation.
  case wet
  /// 20 miles an hour or more.
  case windy
  /// None of these, and the wind is known.
  case fair
  /// Nothing was read, or not enough to tell.
  case unknown

  public init(_ reading: Reading) {
    if reading.visibility < 3 {
      self = .lowVisibility
    } else if reading.precipitation > 0 {
      self = .wet
    } else if let wind = reading.wind {
      self = wind >= 20 ? .windy : .fair
    } else {
      self = .unknown
    }
  }

  public var description: String { rawValue }

  /// Of two readings of one hour the worse counts.
  func worse(than other: WeatherBand) -> Bool { Self.rank(self) < Self.rank(other) }

  private static func rank(_ band: WeatherBand) -> Int { allCases.firstIndex(of: band) ?? allCases.count }
}

/// The day's weather, by airport and local hour.
struct WeatherByHour {
  private struct Hour: Hashable {
    let airport: String
    let hour: Int
  }

  private let bands: [Hour: WeatherBand]

  init(_ readings: [Reading]) {
    let read = readings.map { (Hour(airport: $0.airport, hour: $0.hour), WeatherBand($0)) }
    bands = Dictionary(read) { $0.worse(than: $1) ? $0 : $1 }
  }

  func band(at airport: String, hour: Int) -> WeatherBand { bands[Hour(airport: airport, hour: hour)] ?? .unknown }
}
