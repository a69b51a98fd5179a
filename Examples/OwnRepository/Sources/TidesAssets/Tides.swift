public import AssetKit

/// The assets of team tides, their checks, and when they run.
public struct Tides: CodeLocation {
  public static let name = "tides"

  /// One row of `tides/measurements`.
  public struct Measurement: Codable, Sendable {
    public let sensor: String
    public let value: Double

    public init(sensor: String, value: Double) {
      self.sensor = sensor
      self.value = value
    }
  }

  /// Replace the closure by the team's own source: a file, a database, a service.
  public static let measurements = Asset("tides/measurements") { step in
    let rows = [Measurement(sensor: "north", value: 21.5), Measurement(sensor: "south", value: 23.0)]
    step.metadata["rows"] = .int(Int64(rows.count))
    return rows
  }
  .check("each sensor once") { rows, _ in
    let sensors = rows.map(\.sensor)
    return Set(sensors).count == sensors.count ? .pass : .fail("a sensor appears twice", ["sensors": .list(sensors)])
  }
  .description("What the sensors measured")

  public init() {}

  public var definitions: Definitions {
    Self.measurements
  }
}
