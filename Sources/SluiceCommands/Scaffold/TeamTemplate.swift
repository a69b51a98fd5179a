// SPDX-License-Identifier: Apache-2.0

/// The files of a new team, by path below its folder: one small asset that works, its check, and its test.
///
/// They are the team's, under its licence: no header of ours.
package enum TeamTemplate {
  package static func files(for names: TeamNames) -> [String: String] {
    [
      "Assets/\(names.type).swift": assets(names),
      "Main/\(names.type).swift": main(names),
      "Tests/\(names.type)Tests.swift": tests(names),
    ]
  }

  private static func assets(_ names: TeamNames) -> String {
    """
    public import AssetKit

    /// The assets of team \(names.location), their checks, and when they run.
    public struct \(names.type): CodeLocation {
      public static let name = "\(names.location)"

      /// One row of `\(names.location)/measurements`.
      public struct Measurement: Codable, Sendable {
        public let sensor: String
        public let value: Double

        public init(sensor: String, value: Double) {
          self.sensor = sensor
          self.value = value
        }
      }

      /// Replace the closure by the team's own source: a file, a database, a service.
      public static let measurements = Asset("\(names.location)/measurements") { step in
        let rows = [Measurement(sensor: "north", value: 21.5), Measurement(sensor: "south", value: 23.0)]
        step.metadata["rows"] = .int(Int64(rows.count))
        return rows
      }
      .check("each sensor once") { rows, _ in
        let sensors = rows.map(\\.sensor)
        return Set(sensors).count == sensors.count ? .pass : .fail("a sensor appears twice", ["sensors": .list(sensors)])
      }
      .description("What the sensors measured")

      public init() {}

      public var definitions: Definitions {
        Self.measurements
      }
    }

    """
  }

  private static func main(_ names: TeamNames) -> String {
    """
    \(imports(["CodeLocationHost", names.library]))

    @main extension \(names.type) {}

    """
  }

  private static func tests(_ names: TeamNames) -> String {
    """
    \(imports(["AssetKit", "AssetTestKit", "Testing", names.library]))

    @Suite("Team \(names.location)")
    struct \(names.type)Tests {
      @Test func `The definitions are valid`() throws {
        try validate(\(names.type).self)
      }

      @Test func `Measurements pass their checks`() async throws {
        let made = try await materialize(\(names.type).measurements)
        #expect(made.isPromoted)
        #expect(made.value.count == 2)
      }

      @Test func `A sensor that appears twice closes the gate`() async throws {
        let row = \(names.type).Measurement(sensor: "north", value: 1)
        let result = try await evaluate("each sensor once", of: \(names.type).measurements, on: [row, row])
        #expect(result.outcome == .failed)
      }
    }

    """
  }

  /// Import lines in the order that the format check wants.
  private static func imports(_ modules: [String]) -> String {
    modules.sorted().map { "import \($0)" }.joined(separator: "\n")
  }
}
