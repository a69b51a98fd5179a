// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import AssetModel
import ControlPlaneAPI

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Shows a run, or follows it to its end.",
    discussion: "With --follow it exits as the run ends: 0 succeeded, 1 failed, 4 blocked, 5 cancelled.")
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "The run's number.") var id: UInt64
  @Flag(help: "Print what was logged and what happens, until the run ends; with --json one event a line.") var follow = false

  func run() async throws {
    if follow { return try await RunFollower(connection: connection, run: id).follow() }
    try connection.print(try await connection.client.run(id), RunRendering.detail)
  }
}

struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "Cancels a run; what was promoted before stays.",
    discussion: "Exits with 0 once the run is cancelled or being cancelled, and also where it had ended already: it says how.")
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: "The run's number.") var id: UInt64

  func run() async throws {
    try connection.print(try await connection.client.cancel(run: id), RunRendering.cancelled)
  }
}
