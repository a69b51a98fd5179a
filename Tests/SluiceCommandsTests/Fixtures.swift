// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI

/// Values of the API for tests.
enum Fixtures {
  static let instant = Instant(Timestamp(seconds: 1_383_458_400))

  static func run(
    _ state: RunState = .running, steps: StepCounts = StepCounts(waiting: 1_100, running: 8, succeeded: 1_810, blocked: 2)
  ) -> RunSummary {
    RunSummary(
      id: 7, state: state, selection: "weather/hourly+", cause: "manual", createdAt: instant,
      endedAt: state.isFinal ? Instant(instant.timestamp + .seconds(185)) : nil, steps: steps)
  }

  static let repeatedHour = GateReason(
    .rejected, asset: "weather/hourly", partition: "2013-11-03", version: 1, location: "weather",
    check: "one row per airport and hour", outcome: "failed", message: "3 hours appear twice",
    metadata: ["hours": .list(["EWR 1", "JFK 1", "LGA 1"])], run: 1,
    command: "sluice materialize weather/hourly+ --partitions 2013-11-03")

  static let noRows = GateReason(
    .rejected, asset: "weather/hourly", partition: "2013-12-31", version: 1, location: "weather", check: "there are rows",
    outcome: "failed", message: "no rows at all", run: 1)

  static let why = WhyReport(
    asset: "insights/year_report", location: "insights",
    gate: GateState(
      open: false,
      reasons: [
        GateReason(
          .neverMaterialized, asset: "insights/year_report", location: "insights",
          because: [
            GateReason(
              .neverMaterialized, asset: "insights/delays_by_weather", partition: "2013-11-03", location: "insights",
              because: [repeatedHour]),
            GateReason(
              .neverMaterialized, asset: "insights/delays_by_weather", partition: "2013-12-31", location: "insights",
              because: [noRows, repeatedHour]),
          ])
      ]),
    command: "sluice materialize weather/hourly+ --partitions 2013-11-03,2013-12-31")
}
