// SPDX-License-Identifier: Apache-2.0

/// One airport's day.
public struct DailySummary: Codable, Sendable {
  public let airport: String
  /// How many hours were read.
  public let hours: Int
  /// Degrees Fahrenheit.
  public let low: Double?
  public let mean: Double?
  public let high: Double?
  /// Inches.
  public let precipitation: Double
  /// Miles.
  public let lowestVisibility: Double

  /// - Parameter readings: of one airport and day; at least one.
  init(of airport: String, _ readings: [Reading]) {
    let temperatures = readings.compactMap(\.temperature)
    self.airport = airport
    hours = readings.count
    low = temperatures.min()
    mean = temperatures.isEmpty ? nil : temperatures.reduce(0, +) / Double(temperatures.count)
    high = temperatures.max()
    precipitation = readings.map(\.precipitation).reduce(0, +)
    lowestVisibility = readings.map(\.visibility).min() ?? 0
  }
}

extension [DailySummary] {
  /// A summary an airport that was read, in the airports' order.
  init(_ readings: [Reading]) {
    self = Dictionary(grouping: readings, by: \.airport).sorted { $0.key < $1.key }.map { DailySummary(of: $0, $1) }
  }
}
