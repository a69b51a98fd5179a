// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
package import AssetModel
package import ControlPlaneAPI
import Foundation

struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Lists runs, newest first.",
    discussion:
      "STEPS counts those that succeeded. An instant is 2013-11-03T06:00:00Z, a day of UTC, or how long ago: 90m, 24h, 7d.")
  @OptionGroup var connection: ConnectionOptions
  @Option(help: "Only those that are running, succeeded, failed, cancelled or blocked.") var state: RunState?
  @Option(help: "Only those with a step for this asset.") var asset: String?
  @Option(help: "Only those with a step for this partition.") var partition: String?
  @Option(help: "Only those with a step of this location.") var location: String?
  @Option(help: "Only those that were launched so: 'manual', 'schedule', or by a schedule, LOCATION/NAME.") var cause: String?
  @Flag(inversion: .prefixedNo, help: "Only those that evaluated checks alone; with 'no', only the others.")
  var checksOnly: Bool?
  @Option(help: "Only those launched at this instant or later.", transform: RunsCommand.instant) var since: Instant?
  @Option(help: "Only those launched before this instant.", transform: RunsCommand.instant) var until: Instant?
  @Option(help: "How many, at most \(APILimits.pageItems).") var limit = 20
  @Option(help: "Only runs before this one.") var before: UInt64?

  func validate() throws {
    guard (1...APILimits.pageItems).contains(limit) else {
      throw ValidationError("--limit is a number from 1 to \(APILimits.pageItems)")
    }
  }

  func run() async throws {
    let query = RunQuery(
      state: state, cause: cause, checksOnly: checksOnly, location: location, asset: asset, partition: partition, since: since,
      until: until)
    let runs = try await connection.client.runs(query, before: before, limit: limit)
    try connection.print(runs) { RunRendering.list($0.items, isFiltered: query != RunQuery(), style: $1) }
    if let next = runs.next, runs.items.count < limit { Console.error("older runs were not looked at: --before \(next)") }
  }

  private static func instant(_ text: String) throws -> Instant {
    guard let instant = InstantText.instant(text, now: Timestamp(Date())) else {
      throw ValidationError(
        "write an instant such as 2013-11-03T06:00:00Z, a day such as 2013-11-03, or how long ago: 90m, 24h, 7d")
    }
    return instant
  }
}

extension RunState: ExpressibleByArgument {}

/// Instants as people type them.
package enum InstantText {
  /// An ISO 8601 instant, the beginning of a day of UTC, or how long before `now`; nil for anything else.
  package static func instant(_ text: String, now: Timestamp) -> Instant? {
    if let instant = Instant(text) ?? (CivilDate(text) == nil ? nil : Instant(text + "T00:00:00Z")) { return instant }
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), (0...1_000_000).contains(count) else {
      return nil
    }
    return Instant(now + .seconds(-count * unit))
  }
}
