import AssetKit
import AssetTestKit
import Testing
import TidesAssets

@Suite("Team tides")
struct TidesTests {
  @Test func `The definitions are valid`() throws {
    try validate(Tides.self)
  }

  @Test func `Measurements pass their checks`() async throws {
    let made = try await materialize(Tides.measurements)
    #expect(made.isPromoted)
    #expect(made.value.count == 2)
  }

  @Test func `A sensor that appears twice closes the gate`() async throws {
    let row = Tides.Measurement(sensor: "north", value: 1)
    let result = try await evaluate("each sensor once", of: Tides.measurements, on: [row, row])
    #expect(result.outcome == .failed)
  }
}
