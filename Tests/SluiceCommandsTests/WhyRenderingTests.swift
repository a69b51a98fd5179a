// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import SluiceCommands
import Testing

@Suite("The answer to why")
struct WhyRenderingTests {
  @Test func `A closed gate is a tree down to the root causes, and ends with the command that continues`() {
    #expect(
      WhyRendering.render(Fixtures.why, style: .plain) == """
        The gate of insights/year_report  of insights is closed.

        └─ insights/year_report was never materialized  of insights
           ├─ insights/delays_by_weather[2013-11-03] was never materialized  of insights
           │  └─ weather/hourly[2013-11-03] v1 was rejected  of weather
           │     ✗ one row per airport and hour  failed
           │       3 hours appear twice
           │       hours: EWR 1, JFK 1, LGA 1
           └─ insights/delays_by_weather[2013-12-31] was never materialized  of insights
              ├─ weather/hourly[2013-12-31] v1 was rejected  of weather
              │  ✗ there are rows  failed
              │    no rows at all
              └─ weather/hourly[2013-11-03] v1 was rejected  of weather  (as above)

        2 root causes, to be mended by weather.

        Once mended, continue with:
          sluice materialize weather/hourly+ --partitions 2013-11-03,2013-12-31
        """)
  }

  @Test func `An open gate is one line, and what consumers read another`() {
    let report = WhyReport(
      asset: "weather/hourly", partition: "2013-01-01", location: "weather", gate: GateState(open: true), current: 3)
    #expect(
      WhyRendering.render(report, style: .plain) == """
        The gate of weather/hourly[2013-01-01]  of weather is open.
        Consumers read v3.
        """)
  }

  @Test func `Reasons that were left out are counted`() {
    let report = WhyReport(
      asset: "a/b", gate: GateState(open: false, reasons: [GateReason(.unresolved, asset: "a/c")], omitted: 12))
    #expect(
      WhyRendering.render(report, style: .plain).text.hasSuffix(
        """
        ├─ a/c is defined by no location
        └─ and 12 more
        """))
  }

  @Test func `What holds for many partitions alike is said once`() {
    let days = ["2013-01-01", "2013-01-02", "2013-01-03"]
    let reasons = days.map { GateReason(.neverMaterialized, asset: "a/b", partition: $0, location: "a") }
    let report = WhyReport(asset: "a/b", gate: GateState(open: false, reasons: reasons + [Fixtures.noRows]))
    #expect(
      WhyRendering.render(report, style: .plain) == """
        The gate of a/b is closed.

        ├─ a/b[2013-01-01 … 2013-01-03, 3 in all] was never materialized  of a
        └─ weather/hourly[2013-12-31] v1 was rejected  of weather
           ✗ there are rows  failed
             no rows at all

        2 root causes, to be mended by a, weather.
        """)
  }

  @Test func `Colours only add to the text`() {
    let coloured = WhyRendering.render(Fixtures.why, style: Style(isColoured: true)).text
    #expect(coloured.contains("\u{1B}[31mwas rejected\u{1B}[0m"))
    #expect(coloured.replacing(/\u{1B}\[[0-9]+m/, with: "") == WhyRendering.render(Fixtures.why, style: .plain).text)
  }
}
